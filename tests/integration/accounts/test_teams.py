"""Teams: a tree with dated memberships."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils import timezone

from apps.accounts import numbers, selectors, services
from apps.accounts.domain.teams import flatten
from apps.accounts.models import Membership, Team
from apps.accounts.numbers import Numbers, Offered
from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, NotHere, Refusal

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def tree(actor, mia):
    """East with two stores, and West."""
    east = services.add_team(actor=actor, name="East", lead_id=mia.pk)
    north = services.add_team(actor=actor, name="North store", parent_id=east.pk)
    south = services.add_team(actor=actor, name="South store", parent_id=east.pk)
    west = services.add_team(actor=actor, name="West")
    return {"east": east, "north": north, "south": south, "west": west}


def change(actor, team: Team, **facts) -> Team:
    team.refresh_from_db()
    now = {"name": team.name, "parent_id": team.parent_id, "lead_id": team.lead_id}
    return services.change_team(actor=actor, team_id=team.pk, **(now | facts))


def issues_of(refused) -> list[str]:
    return [issue.in_words() for issue in refused.value.issues]


def lines(on: date = MARCH) -> list[tuple[int, str, int]]:
    return [(depth, node.name, node.members) for depth, node in flatten(selectors.team_tree(on))]


def test_the_tree_counts_who_is_there_on_the_day(actor, tree, ben, cleo) -> None:
    services.add_membership(
        actor=actor, team_id=tree["north"].pk, user_id=ben.pk, start=JANUARY, last_day=date(2026, 1, 31)
    )
    services.add_membership(actor=actor, team_id=tree["north"].pk, user_id=cleo.pk, start=FEBRUARY)
    services.add_membership(actor=actor, team_id=tree["west"].pk, user_id=cleo.pk, start=JANUARY)
    names = [(0, "East"), (1, "North store"), (1, "South store"), (0, "West")]
    assert lines(date(2025, 12, 31)) == [(*name, 0) for name in names]
    assert [count for *_, count in lines(date(2026, 1, 31))] == [0, 1, 0, 1]
    assert [member.name for member in selectors.members_of(tree["north"].pk, date(2026, 1, 31))] == ["Ben"]
    assert [member.name for member in selectors.members_of(tree["north"].pk, FEBRUARY)] == ["Cleo"]
    assert [member.name for member in selectors.members_of(tree["east"].pk, FEBRUARY)] == []
    assert [member.name for member in selectors.members_of(tree["east"].pk, FEBRUARY, below=True)] == ["Cleo"]
    assert [stay.team for stay in selectors.teams_of(cleo.pk, FEBRUARY)] == ["North store", "West"]
    assert [stay.team for stay in selectors.teams_of(cleo.pk, JANUARY)] == ["West"]


def test_the_tree_is_read_in_one_query(tree, actor, django_assert_num_queries) -> None:
    for n in range(40):
        services.add_team(actor=actor, name=f"Team {n}", parent_id=tree["west"].pk)
    with django_assert_num_queries(1):
        assert len(flatten(selectors.team_tree(MARCH))) == 44


def test_a_team_moves_with_all_that_is_below_it_but_never_below_itself(actor, tree) -> None:
    change(actor, tree["east"], parent_id=tree["west"].pk)
    assert [(depth, name) for depth, name, _ in lines()] == [
        (0, "West"),
        (1, "East"),
        (2, "North store"),
        (2, "South store"),
    ]
    for parent in ("west", "east", "north"):
        with pytest.raises(Refusal) as refused:
            change(actor, tree["west"], parent_id=tree[parent].pk)
        assert issues_of(refused) == ["A team cannot be placed below itself or below one of its own teams."]


def test_two_teams_side_by_side_have_different_names(actor, tree) -> None:
    for act in (
        lambda: services.add_team(actor=actor, name=" North store ", parent_id=tree["east"].pk),
        lambda: change(actor, tree["south"], name="North store"),
        lambda: services.add_team(actor=actor, name="West"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert issues_of(refused) == ["There is a team of this name here already."]
    services.add_team(actor=actor, name="North store", parent_id=tree["west"].pk)


def test_everything_that_is_wrong_is_said_at_once(actor, tree, dora) -> None:
    with pytest.raises(Refusal) as refused:
        services.add_team(actor=actor, name=" ", parent_id=dora.pk, lead_id=dora.pk)
    assert len(issues_of(refused)) == 3


def test_an_archived_team_keeps_its_past_and_lets_everybody_go(actor, tree, ben, cleo) -> None:
    today = selectors.today()
    services.add_membership(actor=actor, team_id=tree["north"].pk, user_id=ben.pk, start=JANUARY)
    services.add_membership(actor=actor, team_id=tree["north"].pk, user_id=cleo.pk, start=today + timedelta(days=9))
    with pytest.raises(Refusal) as refused:
        services.archive_team(actor=actor, team_id=tree["east"].pk)
    assert "North store, South store" in str(refused.value)
    services.archive_team(actor=actor, team_id=tree["north"].pk)
    assert not selectors.members_of(tree["north"].pk, today)
    assert [stay.name for stay in selectors.stays_in(tree["north"].pk, today)] == ["Ben"]
    assert Membership.objects.get().end == today
    assert "North store" not in [name for _, name, _ in lines()]
    with pytest.raises(Refusal) as refused:
        services.add_membership(actor=actor, team_id=tree["north"].pk, user_id=ben.pk, start=today)
    assert issues_of(refused) == ["This team is archived. Take it back first."]
    with pytest.raises(Refusal):
        services.add_team(actor=actor, name="Below", parent_id=tree["north"].pk)


def test_an_archived_name_is_free_until_the_team_comes_back(actor, tree) -> None:
    services.archive_team(actor=actor, team_id=tree["west"].pk)
    again = services.add_team(actor=actor, name="West")
    with pytest.raises(Refusal) as refused:
        services.restore_team(actor=actor, team_id=tree["west"].pk)
    assert issues_of(refused) == ["There is a team of this name here already."]
    change(actor, again, name="Far west")
    assert services.restore_team(actor=actor, team_id=tree["west"].pk).archived_at is None


def test_nobody_is_in_a_team_twice_at_a_time(actor, tree, ben) -> None:
    add = {"actor": actor, "team_id": tree["north"].pk, "user_id": ben.pk}
    services.add_membership(**add, start=JANUARY, last_day=date(2026, 1, 31))
    with pytest.raises(Refusal) as refused:
        services.add_membership(**add, start=date(2026, 1, 31))
    assert issues_of(refused) == ["This person already belongs to this team from 2026-01-01 to 2026-01-31."]
    again = services.add_membership(**add, start=FEBRUARY)
    with pytest.raises(Refusal) as refused:
        services.add_membership(**add, start=MARCH)
    assert issues_of(refused) == ["This person already belongs to this team since 2026-02-01."]
    with pytest.raises(Refusal) as refused:
        services.add_membership(**add, start=date(2025, 12, 1), last_day=date(2025, 11, 1))
    assert "before the first" in issues_of(refused)[0]
    services.end_membership(actor=actor, membership_id=again.pk, last_day=FEBRUARY)
    services.add_membership(**add, start=date(2026, 2, 2))


def test_a_last_day_can_be_corrected_but_not_into_another_stay(actor, tree, ben) -> None:
    add = {"actor": actor, "team_id": tree["north"].pk, "user_id": ben.pk}
    first = services.add_membership(**add, start=JANUARY, last_day=date(2026, 1, 10))
    services.add_membership(**add, start=FEBRUARY)
    with pytest.raises(Refusal):
        services.end_membership(actor=actor, membership_id=first.pk, last_day=FEBRUARY)
    services.end_membership(actor=actor, membership_id=first.pk, last_day=date(2026, 1, 31))
    first.refresh_from_db()
    assert first.end == FEBRUARY


def test_hr_builds_teams_and_others_do_not(hana, ben, mia, tree) -> None:
    services.add_team(actor=hana.actor, name="South")
    for somebody in (ben, mia):
        with pytest.raises(Forbidden):
            services.add_team(actor=somebody.actor, name="Mine")
        with pytest.raises(Forbidden):
            services.add_membership(actor=somebody.actor, team_id=tree["west"].pk, user_id=ben.pk, start=JANUARY)


def test_what_is_not_here_is_not_here(actor, tree, dora, ben) -> None:
    with pytest.raises(NotHere):
        services.add_membership(actor=actor, team_id=tree["west"].pk, user_id=dora.pk, start=JANUARY)
    with pytest.raises(NotHere):
        services.end_membership(actor=actor, membership_id=ben.pk, last_day=JANUARY)
    with pytest.raises(NotHere):
        services.change_team(actor=actor, team_id=ben.pk, name="X", parent_id=None, lead_id=None)


def test_changes_are_recorded_from_what_to_what(actor, tree, ben) -> None:
    before = set(Entry.objects.values_list("pk", flat=True))
    change(actor, tree["north"], name="Harbour", parent_id=tree["west"].pk, lead_id=ben.pk)
    change(actor, tree["north"])
    [entry] = Entry.objects.exclude(pk__in=before)
    assert entry.act == "team.changed"
    assert entry.before == {"name": "North store", "parent": "East", "lead": None, "numbers": None}
    assert entry.after == {"name": "Harbour", "parent": "West", "lead": "Ben", "numbers": None}


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_team_is_built_on_the_page(client_of, hana, ben) -> None:
    client = client_of(hana)
    created = client.post("/people/teams/new/", {"name": "Service", "parent": "", "lead": ""})
    team = Team.objects.get()
    assert created["Location"] == f"/people/teams/{team.pk}/"
    joined = client.post(f"{created['Location']}members/", {"person": ben.pk, "start": "2026-01-05", "last_day": ""})
    assert joined.status_code == 302
    page = client.get(created["Location"])
    assert "Ben was added to the team." in page.text
    [member] = page.context["members"]
    again = client.post(f"{created['Location']}members/", {"person": ben.pk, "start": "2026-02-05", "last_day": ""})
    assert again.status_code == 422
    assert "already belongs to this team since 2026-01-05" in again.text
    ended = client.post(f"/people/memberships/{member.id}/last-day/", {"last_day": "2025-12-31"})
    assert ended.status_code == 422
    assert "before the first" in ended.text
    assert client.post(f"/people/memberships/{member.id}/last-day/", {"last_day": "2026-01-31"}).status_code == 302
    assert client.post(f"/people/memberships/{member.id}/remove/").status_code == 302
    assert not Membership.objects.exists()
    assert client.post(f"/people/teams/{team.pk}/archive/").status_code == 302
    assert client.get(f"/people/teams/{team.pk}/?archived").status_code == 200
    assert client.post(f"/people/teams/{team.pk}/restore/").status_code == 302


def test_a_loop_is_refused_on_the_page_even_if_forged(client_of, ada, tree) -> None:
    east, north = tree["east"], tree["north"]
    page = client_of(ada).post(f"/people/teams/{east.pk}/", {"name": "East", "parent": str(north.pk), "lead": ""})
    assert page.status_code == 422
    assert "cannot be placed below itself" in page.text


def test_who_may_only_look_sees_teams_without_forms(client_of, cleo, tree) -> None:
    page = client_of(cleo).get(f"/people/teams/{tree['east'].pk}/")
    assert "Mia" in page.text
    assert '<form class="form"' not in page.text


def test_the_page_costs_the_same_for_few_and_many(client_of, ada, tree, actor) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, url = client_of(ada), f"/people/teams/{tree['north'].pk}/"
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for n in range(30):
        services.add_team(actor=actor, name=f"Team {n}", parent_id=tree["west"].pk)
        user = get_user_model().objects.create_user(f"p{n}@acme.test", None, name=f"P{n}", roles=["member"])
        services.add_membership(actor=actor, team_id=tree["north"].pk, user_id=user.pk, start=selectors.today())
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(few) == len(many)


def test_today_is_the_companys_day(in_acme, monkeypatch) -> None:
    from datetime import UTC, datetime

    late = datetime(2026, 6, 30, 17, 0, tzinfo=UTC)  # 01:00 on the first of July in Shanghai
    monkeypatch.setattr(timezone, "now", lambda: late)
    assert selectors.today() == date(2026, 7, 1)


def test_a_team_is_named_by_the_member_whose_numbers_are_its_own(client_of, hana, tree, monkeypatch, actor) -> None:
    monkeypatch.setattr(numbers, "_offers", {"metrics": lambda: [Offered("store", "Store", ("North", "South"))]})
    client, north = client_of(hana), tree["north"]
    url, facts = f"/people/teams/{north.pk}/", {"name": "North store", "parent": str(tree["east"].pk), "lead": ""}
    assert "South" in client.get(url).text
    assert client.post(url, facts | {"numbers": "store:Elsewhere"}).status_code == 422
    assert client.post(url, facts | {"numbers": "store:North"}).status_code == 302
    north.refresh_from_db()
    assert north.numbers == Numbers("store", "North")
    change(actor, north, name="Harbour")  # who does not speak of them leaves them
    north.refresh_from_db()
    assert north.numbers.member == "North"
    monkeypatch.setattr(numbers, "_offers", {})  # the store has no value any more: it stays chosen
    assert 'value="store:North" selected' in client.get(url).text
    assert client.post(url, facts | {"numbers": ""}).status_code == 302
    [first, *_others] = Entry.objects.filter(act="team.changed").order_by("at").values_list("after", flat=True)
    assert first["numbers"] == "store = North"
    with pytest.raises(Refusal) as refused:
        services.add_team(actor=actor, name="Half", numbers=Numbers("store", ""))
    assert "Say both" in issues_of(refused)[0]
    with pytest.raises(IntegrityError), atomic():
        Team.objects.filter(pk=north.pk).update(dimension="store", member="")
