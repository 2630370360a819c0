"""Totals judged by the day their data reaches to, on pages, in the league and against shapes of former years."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import python_calamine
from django.db.models import Q
from django.urls import reverse

from apps.accounts import services as accounts
from apps.common.formats import Style
from apps.goals import services as initiatives
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.plan import Plan
from apps.goals.presentation import objectives as pages
from apps.kernel.period import Grain
from apps.metrics import selectors as read
from apps.metrics import services as metrics
from apps.metrics.selectors.series import stored_values
from apps.targets import selectors, services
from apps.targets.domain.judging import Basis, Grey
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.domain.pace import Status
from apps.targets.domain.seasons import Seasonal
from apps.targets.models import Target
from apps.targets.presentation.pacing import notes
from apps.targets.selectors import pacing
from apps.targets.selectors.pacing import Place
from tests.integration.targets.conftest import ARPU, usual
from tests.integration.targets.test_targets_pages import words

NORTH = Place("store", "North")
TODAY = date(2026, 11, 17)


def test_posthog_52846_a_day_that_is_not_over_is_not_judged(november) -> None:
    """PostHog/posthog#52846: an alarm each hour about a day that was not over. On the 17th sixteen days are compared
    with sixteen days (lightdash/lightdash#14230), and the month goes as in former years: on track."""
    (north,) = pacing.paced(NORTH, TODAY)
    standing = north.standing
    made = sum((usual(date(2026, 11, n)) for n in range(1, 17)), Decimal(0))
    assert (standing.value, standing.basis, standing.as_of) == (made, Basis.DAYS, date(2026, 11, 16))
    assert isinstance(standing.course.spread, Seasonal)
    assert standing.expected is not None
    assert abs(standing.expected / made - 1) < Decimal("0.01")
    assert standing.status is Status.GOOD
    assert standing.projection is not None
    assert standing.projection.cycles == 2
    assert standing.needed is not None
    assert standing.needed.steps == 10  # weekdays from the 17th to the 30th
    (south,) = pacing.paced(Place("store", "South"), TODAY)
    assert south.standing.status is Status.BAD  # four fifths of what is due
    assert list(pacing.days_made(north).values())[-1] == made
    (by_working_days,) = selectors.standings([north.metric.id], Grain.MONTH).values() or [None]
    assert by_working_days is None  # members are not totals


def test_lightdash_20205_a_total_that_runs_is_on_the_tree_with_its_own_status(
    sales, ada, november, django_assert_num_queries
) -> None:
    """lightdash/lightdash#20205: targets by date with thresholds, on the canvas."""
    goal = Decimal(10_000)
    services.set_target(
        actor=ada.actor, metric_id=sales.id, grain=Grain.MONTH, kind=Kind.FLOW, pace=Shape.WORKING_DAYS, goal=goal,
        start=date(2026, 11, 1), due=date(2026, 11, 30),
    )  # fmt: skip
    with django_assert_num_queries(4):
        held = selectors.standings([sales.id], Grain.MONTH)[sales.id]
    assert held.standing.basis is Basis.DAYS
    assert held.standing.expected is not None
    assert round(held.standing.expected) == round(goal * 11 / 21)
    everything = selectors.targets()
    assert len(everything) == 5
    parent = next(each for each in everything if not each.target.dimension)
    children = [each.standing.status for each in everything if each.target.dimension]
    assert Status.BAD in children  # East and South
    assert parent.standing.status is Status.GOOD  # a parent is never the average of its children


def test_a_total_whose_data_stopped_is_grey_and_one_not_begun_has_no_value(sales, ada, november, on_day) -> None:
    on_day(datetime(2026, 11, 27, 4, tzinfo=UTC))
    (north,) = pacing.paced(NORTH, date(2026, 11, 27))
    assert (north.standing.status, north.standing.grey) == (Status.NONE, Grey.STALE)
    december = services.set_target(
        actor=ada.actor, metric_id=sales.id, grain=Grain.MONTH, kind=Kind.FLOW, goal=Decimal(1),
        start=date(2026, 12, 1), due=date(2026, 12, 31),
    )  # fmt: skip
    assert (pacing.paced_one(december.pk).standing.grey) is Grey.NOT_STARTED
    on_day(datetime(2026, 12, 2, 4, tzinfo=UTC))
    begun = pacing.paced_one(december.pk).standing
    assert (begun.grey, begun.value) == (Grey.NO_DATA, None)  # nothing uploaded: no zero


def test_the_progress_page_of_a_store(november, ada, client_of, django_assert_max_num_queries) -> None:
    client = client_of(ada)
    url = reverse("targets:progress")
    with django_assert_max_num_queries(30):
        answer = client.get(url, {"of": "store:North"})
    seen = words(answer)
    for text in (
        "North", "¥1,275", "counts to 16 Nov 2026", "On track", "by 16 Nov 2026", "Where it ends",
        "Needed on each working day left", "10 working days left", "as they went in Nov 2025",
        "in 2 former cycles",
    ):  # fmt: skip
        assert text in seen, text
    other = words(client.get(url, {"of": "store:Nowhere"}))  # a place that is not there: the first that is
    assert "East" in other
    assert "Nothing was agreed for these days" in words(client.get(url, {"of": "store:North", "on": "2026-06-30"}))
    page = words(client.get(reverse("targets:pace", args=[november["North"].pk])))
    assert "Made, and what is due" in page
    assert "30 Nov 2026" in page  # the line goes on to the end


def test_without_targets_the_pages_say_what_to_do(in_acme, ada, client_of) -> None:
    client = client_of(ada)
    assert "No target runs today" in words(client.get(reverse("targets:progress")))
    assert "Nobody to compare yet" in words(client.get(reverse("targets:league")))


def test_the_league(november, ada, client_of, django_assert_max_num_queries) -> None:
    (choice,) = pacing.leagues(TODAY)
    with django_assert_max_num_queries(15):
        placed = pacing.league_of(choice, TODAY)
    told = [(each.ranked.entry.member, each.ranked.rank, each.ranked.tied) for each in placed]
    assert told == [("North", 1, True), ("West", 1, True), ("South", 3, False), ("East", None, False)]
    assert placed[3].ranked.entry.counted == 5  # five sales: a place would be chance
    assert [each.ranked.moved for each in placed] == [0, 0, 0, None]
    client = client_of(ada)
    seen = words(client.get(reverse("targets:league")))
    for text in ("Sales", "tied", "no rank", "only 5 counted", "same place"):
        assert text in seen, text
    found = client.get(reverse("targets:league"), {"q": "sou"}).context["rows"]
    assert [row["member"] for row in found] == ["South"]
    file = client.get(reverse("targets:league_file", args=["xlsx"]))
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows] == ["Member", "North", "West", "South", "East"]
    assert rows[1][0] == 1
    text = client.get(reverse("targets:league_file", args=["csv"])).content.decode()
    assert "North" in text


def test_a_program_reads_where_a_metric_should_be(november, ada, client_of) -> None:
    client = client_of(ada)
    told = client.get(f"/api/v1/targets/{november['South'].pk}/standing").json()
    assert (told["status"], told["grey"], told["basis"], told["as_of"]) == ("bad", None, "days", "2026-11-16")
    assert (told["kind"], told["pace"], told["value"]) == ("flow", "seasonal", "1020")
    assert (told["needed"]["steps"], told["needed"]["unit"], told["needed"]["left"]) == (10, "working_day", "1635")
    assert told["projection"]["cycles"] == 2
    listed = client.get("/api/v1/standings?dimension=store&member=North&metric=sales").json()["items"]
    assert [each["status"] for each in listed] == ["good"]
    assert client.get("/api/v1/standings").json()["items"] == []


def test_home_and_list_show_targets_of_every_kind(sales, ada, typed_metric, client_of) -> None:
    metrics.choose_north_star(actor=ada.actor, metric_id=sales.id, grain=Grain.MONTH, reason="It counts.")
    asked = {
        "held": {"kind": Kind.ABOVE, "goal": Decimal(4500)},
        "capped": {"kind": Kind.BELOW, "goal": Decimal(4500), "on_purpose": True},
        "banded": {"kind": Kind.BAND, "low": Decimal(4000), "high": Decimal(4500), "tolerance": Decimal(500)},
        "shared": {"kind": Kind.RATE, "goal": Decimal("0.5")},
        "made": {"kind": Kind.FLOW, "goal": Decimal(60_000), "pace": Shape.CALENDAR_DAYS},
    }
    for key, terms in asked.items():
        metric = (
            typed_metric(key, [0, 1, 0, 1, 0, 0, 1], kind="percent") if key == "shared" else typed_metric(key, ARPU)
        )
        services.set_target(
            actor=ada.actor, metric_id=metric.id, grain=Grain.MONTH, start=date(2026, 1, 1), due=date(2026, 12, 31),
            **terms,
        )  # fmt: skip
    client = client_of(ada)
    for url in ("/", reverse("targets:list"), reverse("targets:progress")):
        seen = words(client.get(url))
        assert "Held" in seen, url
        assert "Made" in seen, url
    told = client.get("/api/v1/standings").json()["items"]
    assert {each["metric"]: each["status"] for each in told if each["grey"] is None} == {}
    assert {each["grey"] for each in told} == {"stale"}  # it is November, and the newest value is of June


def test_the_page_of_a_metric_shows_its_pace(arpu, ada, client_of, django_assert_num_queries) -> None:
    target = services.set_target(
        actor=ada.actor, metric_id=arpu.id, grain=Grain.MONTH, baseline=Decimal(4200), goal=Decimal(5500),
        start=date(2026, 1, 1), due=date(2026, 12, 31),
    )  # fmt: skip
    page = client_of(ada).get(reverse("metrics:detail", args=["arpu"]) + "?grain=month")
    seen = words(page)
    assert "46.2% of the way, 50% of the time" in seen
    assert "Needed in each period left" in seen
    assert reverse("targets:pace", args=[target.pk]) in page.content.decode()
    series = read.series(arpu, Grain.MONTH)
    with django_assert_num_queries(1):
        assert pacing.paced_here(series).standing.needed.steps == 6


def test_a_teams_target_is_not_judged_by_the_total_of_all(sales, ada, client_of) -> None:
    team = accounts.add_team(actor=ada.actor, name="Front desk")
    target = services.set_target(
        actor=ada.actor, metric_id=sales.id, grain=Grain.MONTH, kind=Kind.FLOW, goal=Decimal(10), team_id=team.pk,
        start=date(2026, 11, 1), due=date(2026, 11, 30),
    )  # fmt: skip
    found = pacing.paced_one(target.pk)
    assert (found.standing.status, found.standing.value, found.ahead, pacing.days_made(found)) == (
        "none",
        None,
        None,
        {},
    )
    client = client_of(ada)
    assert client.get(f"/api/v1/targets/{target.pk}/standing").json()["value"] is None
    assert client.get(reverse("targets:pace", args=[target.pk])).status_code == 200


def test_a_past_day_shows_the_one_target_that_counted_then(november, ada, client_of) -> None:
    north = november["North"]
    other = services.set_target(
        actor=ada.actor, metric_id=north.metric_id, grain=Grain.MONTH, kind=Kind.FLOW, goal=Decimal(9), reason="less",
        start=north.start, due=north.due, dimension="store", member="North",
    )  # fmt: skip
    then, changed = (datetime(2026, 11, day, 4, tzinfo=UTC) for day in (2, 12))
    Target.objects.filter(pk=north.pk).update(set_at=then, ended_at=changed)
    Target.objects.filter(pk=other.pk).update(set_at=changed)
    told = [[each.target for each in pacing.paced(NORTH, date(2026, 11, day))] for day in (5, 16)]
    assert told == [[north], [other]]
    assert len(pacing.places(date(2026, 11, 5), ada.actor.id)) == 4
    assert client_of(ada).get(reverse("targets:progress"), {"on": "0001-01-01"}).status_code == 200


def test_a_team_stands_by_the_numbers_of_its_store(sales, november, ada, client_of) -> None:
    """A team's target is judged, paced, drawn and ranked by the values of the member the team is named by."""
    north, south, office = (
        accounts.add_team(actor=ada.actor, name=name, numbers=accounts.Numbers("store" if store else "", store))
        for name, store in (("Team North", "North"), ("Team South", "South"), ("Office", ""))
    )
    like = november["North"]
    made = {
        team: services.set_target(
            actor=ada.actor, metric_id=sales.id, grain=Grain.MONTH, kind=Kind.FLOW, pace=Shape.SEASONAL, goal=like.goal,
            start=like.start, due=like.due, team_id=team.pk,
        )
        for team in (north, south, office)
    }  # fmt: skip
    place = Place(team=str(north.pk))
    (stands,), (store,) = pacing.paced(place, TODAY), pacing.paced(NORTH, TODAY)
    assert stands.standing == store.standing
    assert pacing.days_made(stands) == pacing.days_made(store)
    assert pacing.paced(Place(team=str(office.pk)), TODAY) == []
    by_team = {held.target.team_id: held.standing for held in selectors.targets() if held.target.team_id}
    assert [by_team[team.pk].status for team in made] == [Status.GOOD, Status.BAD, Status.NONE]
    choice = pacing.leagues(TODAY)[-1]
    assert (choice.teams, choice.dimension, choice.members) == (True, "store", 2)
    assert [(one.ranked.entry.member, one.ranked.rank) for one in pacing.league_of(choice, TODAY)] == [
        ("Team North", 1), ("Team South", 2),
    ]  # fmt: skip
    client = client_of(ada)
    seen = words(client.get(reverse("targets:progress"), {"of": place.key}))
    for text in ("Team North", "¥1,275", "where store is “North”", "On track"):
        assert text in seen, text
    named = f"{sales.id}:month:store:teams"
    assert "Team (store)" in words(client.get(reverse("targets:league"), {"of": named}))
    none = words(client.get(reverse("targets:pace", args=[made[office].pk])))
    assert "“Office” has no numbers of its own" in none
    assert "Newest value of a period" in words(
        client.get(reverse("targets:new"), {"metric": "sales", "grain": "month", "of": f"team:{north.pk}"})
    )
    told = client.get(f"/api/v1/standings?team={south.pk}").json()["items"]
    assert [each["status"] for each in told] == ["bad"]
    own = {"name": south.name, "parent_id": None, "lead_id": None}
    accounts.change_team(actor=ada.actor, team_id=south.pk, numbers=accounts.Numbers("store", "West"), **own)
    said = "the numbers of “Team South” were those of store = South. Its past is read from store = West now, too."
    for page in ("pace", "history"):
        assert said in words(client.get(reverse(f"targets:{page}", args=[made[south].pk])))
        assert "Its past is read" not in words(client.get(reverse(f"targets:{page}", args=[made[north].pk])))


def test_a_teams_values_are_read_in_few_queries(sales, ada, typed_metric, django_assert_num_queries) -> None:
    unsplit = typed_metric("arpu", ARPU)
    teams = [
        accounts.add_team(actor=ada.actor, name=name, numbers=accounts.Numbers("store" if store else "", store))
        for name, store in (("A", "North"), ("B", "Nowhere"), ("C", ""))
    ]
    with django_assert_num_queries(4):
        found = selectors.team_series([sales.id, unsplit.id], Grain.MONTH, [team.pk for team in teams])
    assert {(key[0], len(series.points)) for key, series in found.items()} == {(teams[0].pk, 3), (teams[1].pk, 0)}
    assert {key[1] for key in found} == {sales.id}  # what is not split by stores has no value of a team
    assert found[teams[0].pk, sales.id].points == read.member_series([sales.id], Grain.MONTH, "store")[
        sales.id, "North"
    ].points  # fmt: skip


def test_a_store_that_is_closed_on_sundays_has_a_shape_and_is_judged_with_the_others(
    november, ada, run_work, on_day
) -> None:
    """A day of which the whole has a value and the store, as usual, none is a day it was closed: 0, and not missing."""
    sundays = Q(period_start__week_day=1, member="North", grain="day", dimension="store")
    stored_values(Grain.DAY).filter(sundays).delete()
    stored_values(Grain.DAY).filter(member="North", period_start__gte=date(2026, 11, 15)).delete()  # a Sunday and more
    (north,) = pacing.paced(NORTH, TODAY)
    assert isinstance(north.standing.course.spread, Seasonal)
    made = pacing.days_made(north)
    assert made[date(2026, 11, 8)] == made[date(2026, 11, 7)]
    assert (north.standing.as_of, list(made)[-1]) == (date(2026, 11, 15), date(2026, 11, 15)), "closed on Sundays"
    assert north.standing.others == date(2026, 11, 16), "Monday has not been uploaded yet: nobody knows it was 0"
    assert "others have theirs to 16 Nov 2026. It is judged up to 15 Nov 2026" in " ".join(notes(north, Style()))
    stored_values(Grain.DAY).filter(member="North", period_start__gte=date(2026, 11, 8)).delete()
    (north,) = pacing.paced(NORTH, TODAY)
    assert north.standing.as_of == date(2026, 11, 7)  # missing for more than a week: nobody knows


def test_a_key_result_of_a_metric_is_due_by_the_shape_of_its_target(november, ada) -> None:
    """Of November half is over, but in former years less than half of it was made by then: that much is due."""
    cycle = initiatives.make_cycle(
        actor=ada.actor, name="November", kind="month", start=date(2026, 11, 1), due=date(2026, 11, 30)
    )
    told = {"metric": "sales", "grain": "month", "dimension": "store", "start": Decimal(0), "goal": Decimal(3000)}
    results = (
        KeyResultDraft("North", member="North", **told),
        KeyResultDraft("Nobody's", member="Nowhere", **told),
        KeyResultDraft("Typed", start=Decimal(0), goal=Decimal(1)),
    )
    draft = ObjectiveDraft("Sell", "company", owner_id=ada.pk, key_results=results)
    now = datetime(2026, 11, 17, 4, tzinfo=UTC)
    row = initiatives.create_objective(actor=ada.actor, cycle_id=cycle.pk, draft=draft, now=now)
    own = list(row.key_results.all())
    north, other, typed = pages.writer_for(cycle, own, on=TODAY).objective(row, own).key_results
    spread = pacing.paced(NORTH, TODAY)[0].standing.course
    assert isinstance(spread.spread, Seasonal)
    assert north.expected == spread.share_after(TODAY)
    assert north.paced == "As in former years"
    assert {(each.expected, each.paced) for each in (other, typed)} == {(Fraction(17, 30), "")}
    assert north.expected < Fraction(17, 30)
    assert pages.writer_for(cycle, own, on=date(2026, 11, 30)).key_result(own[0]).expected == 1


def test_metabase_22630_actions_are_marked_where_a_target_is_drawn(november, ada, client_of) -> None:
    """Those for all of the metric and for this store; not another store's (metabase/metabase#22630: events drawn)."""
    north, told = november["North"], {"actor": ada.actor, "running": True}
    for title, place in (("Own", ("store", "North")), ("All", ("", "")), ("Elsewhere", ("store", "South"))):
        plan = Plan(title, date(2026, 11, 5), date(2026, 12, 5), "", *place)
        initiatives.create_initiative(plan=plan, metric_id=north.metric_id, **told)
    page = client_of(ada).get(reverse("targets:pace", args=[north.pk]))
    marked = {point.name: point.mark for point in page.context["figure"].points if point.mark}
    assert marked == {"5 Nov 2026": "① ②"}
    assert "Own" in words(page)
    assert "Elsewhere" not in words(page)
