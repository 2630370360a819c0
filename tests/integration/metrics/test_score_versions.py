"""Versions of a score: from a period on, approved by a second admin, step by step as from the start."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.domain.roles import Actor, Role
from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, Refusal
from apps.metrics import selectors, services
from apps.metrics.models import FormerFigures, Metric, MetricDraft, MetricValue, MetricVersion
from apps.work.services import enqueue
from tests.integration.metrics import metric_cases as m

ADA = Actor(id=UUID(int=11), name="Ada", roles=frozenset({Role.OWNER}))
BOB = Actor(id=UUID(int=12), name="Bob", roles=frozenset({Role.ADMIN}))
CARL = Actor(id=UUID(int=13), name="Carl", roles=frozenset({Role.ANALYST}))

ROWS = [(f"2025-0{month}-01", f"o{month}", "c1", region, "paid", amount) for month, region, amount in (
    (1, "North", "40.00"), (2, "North", "60.00"), (3, "South", "80.00"), (4, "North", "20.00"),
)]  # fmt: skip


def score(revenue: str, orders: str, **parts: Any) -> Any:
    """Revenue of 100 is 100 points, one order is 50."""
    part = lambda metric, goal: {  # noqa: E731
        "metric": metric, "weight": "100", "scale": {"type": "linear", "floor": "0", "goal": goal},
    }  # fmt: skip
    groups = [
        {"name": {"en": "Money"}, "weight": revenue, "parts": [part("revenue", "100")]},
        {"name": {"en": "Work"}, "weight": orders, "parts": [part("orders", "2")]},
    ]
    return m.document("health", "score", groups=groups, unit={"kind": "score"}, **parts)


@pytest.fixture
def scored(upload: Callable, define: Callable, run_work: Callable, actor: Any) -> Callable[..., Any]:
    """A score half and half over January to April 2025; `scored(50, 50, since)` gives it another version."""
    upload("orders", ROWS)
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    define("orders", "aggregate", measure=m.measure("count"), dimensions=["region"])
    services.define(actor=actor, definition=score("50", "50"))
    run_work()

    def again(revenue: str, orders: str, start: Any, **parts: Any) -> MetricVersion:
        version = services.define(actor=actor, definition=score(revenue, orders, **parts), start=start)
        run_work()
        return version

    return again


def figures(**which: Any) -> dict[str, tuple[str, int]]:
    """By first day: the value, and the version that gave it."""
    rows = MetricValue.objects.filter(metric__key="health", **({"dimension": ""} | which)).order_by("period_start")
    return {
        f"{row.period_start:%m}": (f"{row.value.normalize():f}", row.version.number)
        for row in rows.select_related("version") if row.value is not None
    }  # fmt: skip


HALVES = {"01": ("45", 1), "02": ("55", 1), "03": ("65", 1), "04": ("35", 1)}


def test_gitlab_385201_a_past_period_keeps_its_weights(scored: Callable, upload: Callable, run_work: Callable) -> None:
    """GitLab#385201: a metric was defined anew, and health scores moved though no customer had."""
    assert figures() == HALVES
    scored("80", "20", date(2025, 3, 1))
    assert figures() == HALVES | {"03": ("74", 2), "04": ("26", 2)}
    scored("20", "80", date(2025, 4, 1))
    assert figures() == HALVES | {"03": ("74", 2), "04": ("44", 3)}
    # A corrected row of January is scored by what held in January, and restated under its own version.
    upload("orders", [("2025-01-06", "o9", "c2", "North", "paid", "20.00")])
    run_work()
    assert figures() == HALVES | {"01": ("80", 1), "03": ("74", 2), "04": ("44", 3)}
    january = MetricValue.objects.get(metric__key="health", period_start=date(2025, 1, 1), dimension="")
    assert (january.state, january.former_value) == ("restated", Decimal(45))
    words = scored("20", "80", services.Since.EVER, description={"en": "What it is for"})
    assert words.effective_from == date(2025, 4, 1)  # only words: it holds for what the version before held for
    assert figures() == HALVES | {"01": ("80", 1), "03": ("74", 2), "04": ("44", 4)}
    scored("80", "20", services.Since.EVER)
    assert figures() == {"01": ("68", 5), "02": ("58", 5), "03": ("74", 5), "04": ("26", 5)}


def test_the_running_period_is_the_usual_start(scored: Callable) -> None:
    version = scored("80", "20", services.Since.RUNNING)
    assert version.effective_from.day == 1
    assert figures() == HALVES
    assert selectors.breaks_of(selectors.history_of("health"), "month")[-1].period.start == version.effective_from


def test_a_start_is_the_first_day_of_a_period_and_of_a_score(scored: Callable, define: Callable, actor: Any) -> None:
    with pytest.raises(Refusal) as caught:
        scored("80", "20", date(2025, 3, 2))
    assert caught.value.issues[0].where == "effective_from"
    for far in (date.min, date(9999, 11, 1), date(9999, 12, 1), date.max):  # where the calendar ends
        with pytest.raises(Refusal) as caught:
            scored("80", "20", far)
        assert caught.value.issues[0].where == "effective_from"
    with pytest.raises(Refusal):
        services.define(
            actor=actor, definition=m.document("orders", "aggregate", measure=m.measure("sum", "amount")),
            start=date(2025, 3, 1),
        )  # fmt: skip
    orders = Metric.objects.get(key="orders").current_version
    with pytest.raises(IntegrityError, match="only_scores_change_from_a_day_on"), transaction.atomic():
        MetricVersion.objects.filter(pk=orders.pk).update(effective_from=date(2025, 3, 1))


def test_what_an_earlier_version_reads_stays_in_use(scored: Callable, define: Callable, actor: Any) -> None:
    """Its metrics are computed, are not archived, and cannot come to rest on the score."""
    part = {"metric": "revenue", "weight": "100", "scale": {"type": "linear", "floor": "0", "goal": "100"}}
    groups = [{"name": {"en": "Money"}, "weight": "100", "parts": [part]}]
    new = m.document("health", "score", groups=groups, unit={"kind": "score"})
    services.define(actor=actor, definition=new, start=date(2025, 4, 1))
    orders = selectors.metric_for("orders")
    assert any("Health" in use.in_words for use in selectors.usage_of(orders) if use.holds)
    with pytest.raises(Refusal):
        services.archive_metric(actor=actor, metric_id=orders.id)
    with pytest.raises(Refusal) as caught:
        define("orders", "formula", expression="health * 2")
    assert "its own result" in caught.value.issues[0].in_words()


def test_members_have_weights_of_their_own(scored: Callable) -> None:
    own = [{"dimension": "region", "member": "South", "weights": ["0", "100"]}]
    scored("50", "50", services.Since.EVER, dimensions=["region"], segments=own)
    assert figures() == {month: (value, 2) for month, (value, _) in HALVES.items()}
    assert figures(dimension="region", member="South")["03"] == ("50", 2)
    assert figures(dimension="region", member="North")["02"] == ("55", 2)


STARTS = st.sampled_from([None, *(date(2025, month, 1) for month in (1, 2, 3, 4, 5))])


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(2, 98), STARTS), min_size=1, max_size=4))
def test_step_by_step_is_as_from_the_start(
    scored: Callable, actor: Any, run_work: Callable, changes: list[tuple[int, date | None]]
) -> None:
    """Versions published one by one leave the values that a computation from nothing gives."""
    with transaction.atomic():
        for share, start in changes:
            scored(f"{share}", f"{100 - share}", start or services.Since.EVER)
        kept = figures()
        assert len(kept) == 4
        metric = Metric.objects.get(key="health")
        MetricValue.objects.filter(metric=metric).delete()
        Metric.objects.filter(pk=metric.pk).update(computed_version=None)
        enqueue("metrics.compute_metric", subject=metric.pk, about="health", asked_by=actor.id)
        run_work()
        assert figures() == kept
        transaction.set_rollback(True)


# --- the second admin -------------------------------------------------------------------------------------------------


@pytest.fixture
def two_admins(scored: Callable) -> UUID:
    """The company asks for a second admin; the id of the score."""
    services.change_score_policy(actor=ADA, second_admin=True)
    return selectors.metric_for("health").id


def drafted(by: Actor, revenue: str = "80", seen: int | None = None) -> MetricDraft:
    orders = f"{100 - int(revenue)}"
    return services.save_draft(
        actor=by, metric_id=selectors.metric_for("health").id, definition=score(revenue, orders), seen=seen,
        start=date(2025, 4, 1),
    )  # fmt: skip


def test_a_change_takes_effect_when_another_admin_approves_it(two_admins: UUID, run_work: Callable) -> None:
    draft = drafted(CARL)
    with pytest.raises(Refusal) as caught:
        services.publish_draft(actor=ADA, metric_id=two_admins, note="More money", seen=draft.revision)
    assert caught.value.status == 409
    for actor in (ADA, CARL):
        with pytest.raises(Refusal):
            services.define(actor=actor, definition=score("80", "20"))
        with pytest.raises(Refusal):
            services.define_together(actor=actor, definitions=[score("80", "20")])
    with pytest.raises(Refusal, match="Nobody has asked"):
        services.approve_draft(actor=BOB, metric_id=two_admins, seen=draft.revision)
    services.ask_for_approval(actor=CARL, metric_id=two_admins, note="More money", seen=draft.revision)
    with pytest.raises(Forbidden):
        services.approve_draft(actor=CARL, metric_id=two_admins, seen=draft.revision)
    version = services.approve_draft(actor=BOB, metric_id=two_admins, seen=draft.revision)
    assert (version.created_by_name, version.approved_by_name, version.note) == ("Carl", "Bob", "More money")
    run_work()
    assert figures() == HALVES | {"04": ("26", 2)}
    acts = set(Entry.objects.values_list("act", flat=True))
    assert {"score.policy_changed", "score.approval_asked", "score.approved"} <= acts
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_version"), transaction.atomic():
        MetricVersion.objects.filter(pk=version.pk).update(approved_by=CARL.id)


def test_nobody_who_worked_on_it_approves_it(two_admins: UUID) -> None:
    drafted(ADA)
    draft = drafted(BOB, "70")  # Bob changes it after Ada: now neither is another
    services.ask_for_approval(actor=BOB, metric_id=two_admins, note="Why", seen=draft.revision)
    for actor in (ADA, BOB):
        with pytest.raises(Forbidden):
            services.approve_draft(actor=actor, metric_id=two_admins, seen=draft.revision)
        with pytest.raises(Forbidden):
            services.reject_draft(actor=actor, metric_id=two_admins, seen=draft.revision, reason="No")


def test_any_change_takes_back_the_request(two_admins: UUID) -> None:
    draft = drafted(CARL)
    services.ask_for_approval(actor=CARL, metric_id=two_admins, note="Why", seen=draft.revision)
    with pytest.raises(Refusal, match="not sent back"):
        services.reject_draft(actor=BOB, metric_id=two_admins, seen=draft.revision, reason=" ")
    again = drafted(CARL, "70")
    assert again.asked_at is None
    with pytest.raises(Refusal, match="changed the draft"):
        services.approve_draft(actor=BOB, metric_id=two_admins, seen=draft.revision)
    with pytest.raises(Refusal, match="Nobody has asked"):
        services.approve_draft(actor=BOB, metric_id=two_admins, seen=again.revision)
    services.ask_for_approval(actor=CARL, metric_id=two_admins, note="Why", seen=again.revision)
    sent_back = services.reject_draft(actor=BOB, metric_id=two_admins, seen=again.revision, reason="Too much money")
    assert (sent_back.rejection, sent_back.rejected_by_name, sent_back.asked_at) == ("Too much money", "Bob", None)


def test_without_the_policy_nobody_is_asked(scored: Callable) -> None:
    draft = drafted(ADA)
    with pytest.raises(Refusal, match="needs no approval"):
        services.ask_for_approval(actor=ADA, metric_id=draft.metric_id, note="Why")
    with pytest.raises(Forbidden):
        services.change_score_policy(actor=CARL, second_admin=True)
    version = services.publish_draft(actor=ADA, metric_id=draft.metric_id, note="Why")
    assert (version.approved_by, version.effective_from) == (None, date(2025, 4, 1))
    assert FormerFigures.objects.filter(version__number=1).exists()


# --- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revenue", "orders", "words"),
    [("50", "49.9", "make 99.9 %: 0.1 % are missing"), ("50", "50.1", "make 100.1 %: that is 0.1 % too much")],
)
def test_weights_make_a_hundred(scored: Callable, revenue: str, orders: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        scored(revenue, orders, services.Since.EVER)
    (issue,) = caught.value.issues
    assert issue.where == "groups.0.weight"
    assert words in issue.in_words()
