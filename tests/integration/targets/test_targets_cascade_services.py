"""Splitting a target: shown before it is done, to the last unit, over several levels, and never on what has changed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts import selectors as people
from apps.accounts import services as accounts
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue
from apps.targets import selectors, services
from apps.targets.domain.kinds import Kind, Rule, State
from apps.targets.models import Target
from apps.workspaces.scope import current_workspace
from tests.integration.targets.test_targets_approval import as_admin
from tests.integration.targets.test_targets_pages import words

STORES = {"Pudong": 520, "Puxi": 310, "Tianhe": 170}
LAST_YEAR = [date(2025, month, 1) for month in (7, 8, 9)]


@pytest.fixture
def visits(in_acme, ada, run_work) -> metrics.MetricView:
    """Work orders by store: the third quarter of last year, and June."""
    definition = parse(
        {
            "kind": "manual", "key": "visits", "name": {"en": "Work orders", "zh": "工单数"}, "unit": {"kind": "count"},
            "direction": "up", "grains": ["month"], "dimensions": ["store"],
        }
    )  # fmt: skip
    metric_services.define(actor=ada.actor, definition=definition)
    view = metrics.metric_for("visits")
    months = [*LAST_YEAR, date(2026, 5, 1), date(2026, 6, 1)]
    typed = [TypedValue(month, Decimal(sum(STORES.values()))) for month in months]
    typed += [TypedValue(month, Decimal(n), "store", store) for month in months for store, n in STORES.items()]
    metric_services.type_values(actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, values=typed)
    run_work()
    return metrics.metric_for("visits")


@pytest.fixture
def whole(visits, actor) -> Target:
    """The company's target: 3,301 work orders in the third quarter."""
    return services.set_target(
        actor=actor, metric_id=visits.id, grain=Grain.MONTH, kind=Kind.FLOW, goal=Decimal(3301),
        start=date(2026, 7, 1), due=date(2026, 9, 30),
    )  # fmt: skip


def confirmed(actor, target: Target, asked: services.Asked, reason: str = "plan") -> list[Target]:
    found = services.preview_cascade(target.pk, asked)
    assert not found.issues
    return services.apply_cascade(actor=actor, target_id=target.pk, asked=asked, stamp=found.stamp, reason=reason)


def by_last_year(*stores: str, goal: int | None = None) -> services.Asked:
    chosen = frozenset(f"store:{store}" for store in stores or STORES)
    return services.Asked(Rule.LAST_YEAR, "store", None if goal is None else Decimal(goal), chosen=chosen)


def goals() -> dict[str, Decimal]:
    return {selectors.part_name(row): row.goal for row in selectors.in_force(teams=True).select_related("team")}


def test_a_total_is_split_like_last_year_to_the_last_unit(whole, actor) -> None:
    found = services.preview_cascade(whole.pk, by_last_year())
    assert [(line.name, line.before, line.after) for line in found.changed] == [
        ("Pudong", None, 1717), ("Puxi", None, 1023), ("Tianhe", None, 561),
    ]  # fmt: skip
    assert found.rest == 0
    assert goals() == {"": 3301}  # shown, not done
    confirmed(actor, whole, by_last_year())
    assert goals() == {"": 3301, "Pudong": 1717, "Puxi": 1023, "Tianhe": 561}
    part = selectors.target_for("visits", Grain.MONTH, "store", "Pudong")
    assert (part.parent_id, part.share, part.cascade_rule) == (whole.pk, Decimal("0.52"), Rule.LAST_YEAR)


def test_parts_of_a_target_that_was_withdrawn_stand_by_themselves(whole, actor) -> None:
    confirmed(actor, whole, by_last_year())
    assert ([held.target for held in selectors.targets(parts=False)], selectors.part_count()) == ([whole], 3)
    services.withdraw_target(actor=actor, target_id=whole.pk, reason="another plan")
    lone = {held.target.member for held in selectors.targets(parts=False)}
    assert (lone, selectors.part_count()) == (set(STORES), 0)


def test_what_is_nobodys_is_shown_until_it_adds_up(whole, actor) -> None:
    half = services.Asked(Rule.SHARE, "store", weights={"store:Pudong": Decimal(50), "store:Puxi": Decimal(30)})
    assert services.preview_cascade(whole.pk, half).rest == 660
    by_hand = services.Asked(Rule.HAND, "store", goals={"store:Pudong": Decimal(4000)})
    assert services.preview_cascade(whole.pk, by_hand).rest == -699
    wrong = services.Asked(Rule.SHARE, "store", weights={"store:Pudong": Decimal(-1)})
    assert [issue.where for issue in services.preview_cascade(whole.pk, wrong).issues] == ["store:Pudong", "parts"]


def test_parts_that_are_not_planned_anew_still_count(whole, actor) -> None:
    confirmed(actor, whole, by_last_year())
    fewer = services.Asked(Rule.SHARE, "store", weights={"store:Pudong": Decimal(50), "store:Puxi": Decimal(30)})
    found = services.preview_cascade(whole.pk, fewer)
    assert [(line.name, line.before, line.after) for line in found.lines if line.stays] == [("Tianhe", 561, 561)]
    assert found.rest == 3301 - 2641 - 561
    made = confirmed(actor, whole, fewer)
    assert len(made) == 3  # the whole and two parts
    assert selectors.split_of(whole).rests() == {"store": found.rest}


def test_another_top_shows_everybody_who_changes_then_changes_them_together(whole, actor) -> None:
    teams = [accounts.add_team(actor=actor, name=f"Team {n}") for n in range(3)]
    confirmed(actor, whole, by_last_year())
    store = selectors.target_for("visits", Grain.MONTH, "store", "Tianhe")
    into_teams = services.Asked(
        Rule.SHARE, "team", weights={f"team:{team.pk}": Decimal(n) for n, team in zip((20, 30, 50), teams, strict=True)}
    )
    confirmed(actor, store, into_teams)
    assert goals() == {
        "": 3301,
        "Pudong": 1717,
        "Puxi": 1023,
        "Tianhe": 561,
        "Team 0": 112,
        "Team 1": 168,
        "Team 2": 281,
    }
    more = by_last_year(goal=4000)
    found = services.preview_cascade(whole.pk, more)
    assert [(line.name, line.before, line.after, line.depth) for line in found.changed] == [
        ("", 3301, 4000, 0), ("Pudong", 1717, 2080, 1), ("Puxi", 1023, 1240, 1), ("Tianhe", 561, 680, 1),
        ("Team 0", 112, 136, 2), ("Team 1", 168, 204, 2), ("Team 2", 281, 340, 2),
    ]  # fmt: skip
    made = confirmed(actor, whole, more, "a fourth bay")
    tree = selectors.split_of(made[0])
    assert [(depth, *each.rests().values()) for depth, each in tree.walk() if each.parts] == [(0, 0), (1, 0)]
    assert {row.ended_reason for row in Target.objects.filter(status=State.ENDED)} == {"a fourth bay"}


def test_nothing_is_done_on_what_somebody_else_changed_since_the_preview(whole, actor, ben) -> None:
    confirmed(actor, whole, by_last_year())
    more = by_last_year(goal=4000)
    seen = services.preview_cascade(whole.pk, more)
    part = selectors.target_for("visits", Grain.MONTH, "store", "Puxi")
    terms = {"kind": Kind.FLOW, "goal": Decimal(1), "start": part.start, "due": part.due, "grain": Grain.MONTH}
    services.set_target(
        actor=ben.actor, metric_id=whole.metric_id, dimension="store", member="Puxi", reason="Ben", **terms
    )
    with pytest.raises(Refusal, match="Something changed") as refused:
        services.apply_cascade(actor=actor, target_id=whole.pk, asked=more, stamp=seen.stamp, reason="more")
    assert refused.value.status == 409
    assert goals()[""] == 3301


def test_a_ratio_is_not_split_but_may_have_the_same_goal_everywhere(typed_metric, actor) -> None:
    typed_metric("rate", [1, 2], kind="percent")
    metric = metrics.metric_for("rate")
    target = services.set_target(
        actor=actor, metric_id=metric.id, grain=Grain.MONTH, kind=Kind.ABOVE, goal=Decimal("0.9"),
        start=date(2026, 7, 1), due=date(2026, 9, 30),
    )  # fmt: skip
    team = accounts.add_team(actor=actor, name="Front desk")
    by_share = services.Asked(Rule.SHARE, "team", weights={f"team:{team.pk}": Decimal(100)})
    assert [issue.where for issue in services.preview_cascade(target.pk, by_share).issues] == ["rule"]
    same = services.Asked(Rule.HAND, "team", goals={f"team:{team.pk}": Decimal("0.9")})
    assert services.preview_cascade(target.pk, same).rest is None
    confirmed(actor, target, same)
    assert goals()["Front desk"] == Decimal("0.9")


def months_from(shift: int) -> dict[str, date]:
    """Three months, of which the first one is so many after this one."""
    calendar = current_workspace().calendar
    this = calendar.period_of(people.today(), Grain.MONTH)
    return {
        "start": calendar.shift(this, shift).start,
        "due": calendar.shift(this, shift + 3).start - timedelta(days=1),
    }


def test_parts_are_for_the_time_of_the_whole_and_wait_for_it(visits, actor) -> None:
    flow = {"actor": actor, "metric_id": visits.id, "grain": Grain.MONTH, "kind": Kind.FLOW}
    now, later = months_from(0), months_from(3)
    running = services.set_target(goal=Decimal(1000), **flow, **now)
    confirmed(actor, running, by_share := services.Asked(Rule.SHARE, "store", weights={"store:Puxi": Decimal(50)}))
    services.set_target(
        actor=actor, metric_id=visits.id, grain=Grain.MONTH, dimension="store", member="Tianhe", kind=Kind.BAND,
        low=Decimal(1), high=Decimal(2), **now,
    )  # fmt: skip
    coming = services.set_target(goal=Decimal(2000), reason="next", **flow, **later)
    assert selectors.target_for("visits", Grain.MONTH, "store", "Puxi").parent_id == running.pk
    weights = {"store:Puxi": Decimal(50), "store:Tianhe": Decimal(50)}
    confirmed(actor, coming, services.Asked(Rule.SHARE, "store", weights=weights))
    assert goals() == {"": 1000, "Puxi": 500, "Tianhe": None}  # what counts today stays
    parts = list(Target.objects.filter(parent=coming))
    assert {(row.member, row.kind, row.goal, row.start, row.due, row.valid_from) for row in parts} == {
        (store, "flow", 1000, later["start"], later["due"], later["start"]) for store in ("Puxi", "Tianhe")
    }
    confirmed(actor, coming, replace(by_share, goal=Decimal(3000)), "more")  # the planned ones, and only those, change
    assert goals() == {"": 1000, "Puxi": 500, "Tianhe": None}
    planned = Target.objects.filter(status=State.IN_FORCE, start=later["start"])
    assert {(row.member, row.goal) for row in planned} == {("", 3000), ("Puxi", 1500), ("Tianhe", 1000)}


def test_with_a_second_admin_the_whole_split_is_one_proposal(whole, ada, ben, visits) -> None:
    services.change_target_policy(actor=ada.actor, second_admin=True)
    confirmed(ada.actor, whole, by_last_year(goal=4000))
    assert goals() == {"": 3301}
    top = next(row for row in selectors.proposed() if not row.member)
    assert len(selectors.proposed_parts(top)) == 3
    mended = {"goal": Decimal(4001), "kind": Kind.FLOW, "start": top.start, "due": top.due, "reason": "a slip"}
    top = services.set_target(actor=ada.actor, metric_id=visits.id, grain=Grain.MONTH, **mended)
    assert len(selectors.proposed_parts(top)) == 3
    services.approve_target(actor=as_admin(ben), target_id=top.pk)
    assert goals() == {"": 4001, "Pudong": 2080, "Puxi": 1240, "Tianhe": 680}
    assert selectors.waiting() == 0


def test_the_page_shows_then_confirms(whole, ada, client_of) -> None:
    client = client_of(ada)
    url = reverse("targets:split", args=[whole.pk])
    assert "Share in %" in words(client.get(url, {"into": "store", "rule": "share"}))
    typed = {"into": "store", "rule": "share", "goal": "3,301", "reason": "",
             "value-store:Pudong": "50", "value-store:Puxi": "x", "value-store:Tianhe": "-1"}  # fmt: skip
    refused = client.post(url, typed | {"act": "preview"})
    assert refused.status_code == 422
    assert 'value="x"' in refused.content.decode()  # nothing typed is lost
    typed |= {"value-store:Puxi": "30", "value-store:Tianhe": "20"}
    shown = client.post(url, typed | {"act": "preview"})
    assert "Adds up to the last unit" in words(shown)
    assert "3 targets change. Nothing is saved yet." in words(shown)
    stamp = shown.context["found"].stamp
    without = client.post(url, typed | {"act": "apply", "stamp": stamp})
    assert (without.status_code, "each part keeps it" in words(without)) == (422, True)
    stale = client.post(url, typed | {"act": "apply", "stamp": "old", "reason": "plan"})
    assert stale.status_code == 409
    done = client.post(url, typed | {"act": "apply", "stamp": stamp, "reason": "plan"})
    assert done.headers["Location"] == reverse("targets:parts", args=[whole.pk])
    services.apply_cascade(
        actor=ada.actor, target_id=whole.pk, asked=by_last_year(), reason="like last year",
        stamp=services.preview_cascade(whole.pk, by_last_year()).stamp,
    )  # fmt: skip
    assert "Same time last year" in words(client.get(url))  # it opens as it was split
    assert client.post(url, typed | {"act": "preview"}).status_code == 200
    tree = words(client.get(done.headers["Location"]))
    assert "Pudong" in tree
    assert "1,717" in tree
    assert "Adds up" in tree


def test_a_part_changed_by_hand_is_by_hand_and_keeps_no_old_share(whole, actor) -> None:
    confirmed(actor, whole, by_last_year())
    store = selectors.target_for("visits", Grain.MONTH, "store", "Tianhe")
    moved = services.set_target(
        actor=actor, metric_id=whole.metric_id, grain=Grain.MONTH, kind=Kind.FLOW, goal=Decimal(660), reason="agreed",
        start=store.start, due=store.due, dimension="store", member="Tianhe",
    )  # fmt: skip
    assert (moved.parent_id, moved.cascade_rule, round(moved.share, 4)) == (whole.pk, Rule.HAND, Decimal("0.1999"))
    top = services.preview_cascade(whole.pk, services.Asked(Rule.SHARE, "store", Decimal(4000), {
        "store:Pudong": Decimal(60), "store:Puxi": Decimal(20),
    }))  # fmt: skip
    assert [line.after for line in top.lines if line.name == "Tianhe"] == [660]  # by hand: it stays
    assert selectors.split_of(whole).rests() == {"store": Decimal(3301 - 1717 - 1023 - 660)}


def test_what_is_open_is_told_for_each_cut_and_a_planned_part_counts_once(whole, ada, client_of, on_day) -> None:
    """Two cuts of one whole do not take from each other, nor does a part and the one that is to follow it."""
    actor, client = ada.actor, client_of(ada)
    confirmed(actor, whole, by_last_year())
    team = accounts.add_team(actor=actor, name="Team")
    confirmed(actor, whole, services.Asked(Rule.SHARE, "team", weights={f"team:{team.pk}": Decimal(90)}))
    tree = selectors.split_of(whole)
    assert tree.rests() == {"store": 0, "team": Decimal(330)}
    seen = words(client.get(reverse("targets:parts", args=[whole.pk])))
    assert "Adds up store" in seen
    assert "Left open 330 Teams" in seen
    store = selectors.target_for("visits", Grain.MONTH, "store", "Tianhe")
    services.set_target(
        actor=actor, metric_id=whole.metric_id, grain=Grain.MONTH, kind=Kind.FLOW, goal=Decimal(660), reason="soon",
        start=store.start, due=store.due, valid_from=date(2026, 9, 1), dimension="store", member="Tianhe",
    )  # fmt: skip
    assert selectors.split_of(whole).rests()["store"] == -99
    assert "Too much 99" in words(client.get(reverse("targets:parts", args=[whole.pk])))
