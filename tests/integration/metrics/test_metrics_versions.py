"""From a draft to a published version: compared on real data, published by one, certified by its owner."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.models import Metric, MetricDraft, MetricValue, MetricVersion
from apps.targets import services as targets
from apps.work.models import Work
from tests.integration.metrics import metric_cases as m

ROWS = [
    ("2025-01-03", "o1", "c1", "North", "paid", "100.00"),
    ("2025-01-20", "o2", "c2", "South", "paid", "50.50"),
    ("2025-01-31", "o3", "c1", "North", "open", "25.00"),
    ("2025-02-11", "o4", "c3", "South", "paid", "80.00"),
    ("2025-02-28", "o5", "c1", "North", "open", "20.00"),
    ("2025-03-31", "o6", "c1", "North", "open", "5.00"),
]
PAID = [{"column": "status", "op": "eq", "values": ["paid"]}]
JAN, FEB, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


def revenue(how: str = "sum", **parts: Any) -> Any:
    return m.document("revenue", "aggregate", measure=m.measure(how, "amount", **parts))


@pytest.fixture
def metric(upload: Callable, run_work: Callable, actor: Any, ben: Any) -> Metric:
    upload("orders", ROWS)
    services.define(actor=actor, definition=revenue(), owner_id=ben.pk)
    run_work()
    return m.metric("revenue")


@pytest.fixture
def draft(metric: Metric, actor: Any, run_work: Callable) -> MetricDraft:
    services.save_draft(actor=actor, metric_id=metric.pk, definition=revenue(filters=PAID), seen=0)
    return MetricDraft.objects.get()


def acts() -> Counter[str]:
    return Counter(Entry.objects.values_list("act", flat=True))


# --- a draft --------------------------------------------------------------------------------------------------------


def test_a_draft_touches_no_value_until_it_is_published(draft: MetricDraft, metric: Metric, run_work: Callable) -> None:
    before = m.snapshot()
    run_work()
    assert m.snapshot() == before
    assert selectors.metric_for("revenue").version_number == 1
    assert m.totals("revenue")[JAN] == Decimal("175.5")


def test_a_draft_is_compared_with_the_current_version_on_the_same_data(draft: MetricDraft, run_work: Callable) -> None:
    run_work()
    compared = selectors.draft_of("revenue").comparison
    rows = {row.period.start: row for row in compared.rows[Grain.MONTH]}
    assert {start: (r.now.value, r.draft.value, r.difference) for start, r in rows.items()} == {
        JAN: (Decimal("175.5"), Decimal("150.5"), Decimal(-25)),
        FEB: (Decimal(100), Decimal(80), Decimal(-20)),
        MARCH: (Decimal(5), Decimal(0), Decimal(-5)),
    }
    assert compared.numbers == {"orders": 1}
    assert (compared.revision, compared.version_id) == (draft.revision, draft.based_on_id)


def test_a_formulas_draft_is_compared_over_stored_values(metric: Metric, actor: Any, run_work: Callable) -> None:
    orders = m.document("orders_count", "aggregate", measure=m.measure("count"))
    spend = m.document("spend", "formula", expression="revenue / orders_count")
    for definition in (orders, spend):
        services.define(actor=actor, definition=definition)
    run_work()
    other = m.document("spend", "formula", expression="revenue / (orders_count - 1)")
    services.save_draft(actor=actor, metric_id=m.metric("spend").pk, definition=other)
    run_work()
    rows = selectors.draft_of("spend").comparison.rows[Grain.MONTH]
    assert [(r.now.value, r.draft.value if r.draft else None) for r in rows] == [
        (Decimal("58.5"), Decimal("87.75")), (Decimal(50), Decimal(100)), (Decimal(5), None),
    ]  # fmt: skip
    assert rows[2].draft.state == "undefined"


def test_a_comparison_that_fails_says_why_and_can_be_asked_for_again(
    draft: MetricDraft, metric: Metric, actor: Any, run_work: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.metrics.services import comparing
    from apps.work.services import WorkFailed

    def broken(*args: Any) -> None:
        raise WorkFailed("The engine ran out of memory.", retry=False)

    with monkeypatch.context() as patch:
        patch.setattr(comparing, "try_out", broken)
        run_work()
    assert Work.objects.get(kind="metrics.compare").status == "parked"
    assert selectors.draft_of("revenue").comparison is None
    services.request_comparison(actor=actor, metric_id=metric.pk)
    run_work()
    assert selectors.draft_of("revenue").comparison is not None


def test_a_comparison_of_an_older_revision_is_dropped(
    draft: MetricDraft, metric: Metric, actor: Any, run_work: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves while a worker computes: only the newer draft's figures are kept."""
    from apps.metrics.services import comparing

    really, saved = comparing.try_out, []

    def slow(claim: Any, definitions: Any) -> Any:
        found = really(claim, definitions)
        if not saved:
            saved.append(services.save_draft(actor=actor, metric_id=metric.pk, definition=revenue(how="max")))
            assert not hasattr(MetricDraft.objects.get(), "comparison")
        return found

    monkeypatch.setattr(comparing, "try_out", slow)
    run_work()
    compared = selectors.draft_of("revenue").comparison
    assert compared.revision == 2
    assert compared.rows[Grain.MONTH][0].draft.value == Decimal(100)


def test_a_worker_that_dies_while_comparing_is_followed_by_another(
    draft: MetricDraft, run_work: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row stays leased until its lease has run out; then the work is done from the start."""
    from datetime import timedelta

    from django.utils import timezone

    from apps.metrics.services import comparing
    from apps.work.claims import claim_next

    claim = claim_next()
    assert claim.work.kind == "metrics.compare"
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "side_by_side", lambda *cells: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            services.compare_draft(claim)
    assert selectors.draft_of("revenue").comparison is None
    assert run_work() == 0
    Work.objects.filter(pk=claim.work.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run_work()
    assert selectors.draft_of("revenue").comparison is not None
    assert Work.objects.get(pk=claim.work.pk).attempt == 2


def test_a_draft_is_checked_like_a_definition(metric: Metric, actor: Any) -> None:
    wrong = m.document("revenue", "aggregate", measure=m.measure("sum", "status", filters=[{**PAID[0], "column": "x"}]))
    with pytest.raises(Refusal) as caught:
        services.save_draft(actor=actor, metric_id=metric.pk, definition=wrong)
    assert {issue.where for issue in caught.value.issues} == {"measure.column", "measure.filters.0.column"}
    with pytest.raises(Refusal, match="Nothing was changed"):
        services.save_draft(actor=actor, metric_id=metric.pk, definition=revenue())
    with pytest.raises(Refusal) as caught:
        services.save_draft(actor=actor, metric_id=metric.pk, definition=m.document("other", "manual"))
    assert [issue.where for issue in caught.value.issues] == ["key"]


def test_nobody_overwrites_a_draft_they_have_not_seen(draft: MetricDraft, metric: Metric, actor: Any, ben: Any) -> None:
    with pytest.raises(Refusal, match="has begun a draft") as caught:
        services.save_draft(actor=ben.actor, metric_id=metric.pk, definition=revenue(how="min"), seen=0)
    assert caught.value.status == 409
    services.save_draft(actor=ben.actor, metric_id=metric.pk, definition=revenue(how="min"), seen=1)
    with pytest.raises(Refusal, match="changed the draft") as caught:
        services.discard_draft(actor=actor, metric_id=metric.pk, seen=1)
    assert caught.value.params == {"who": "Ben"}
    services.discard_draft(actor=actor, metric_id=metric.pk, seen=2)
    assert selectors.draft_of("revenue") is None
    assert (acts()["metric.draft_saved"], acts()["metric.draft_discarded"]) == (2, 1)


# --- publishing -----------------------------------------------------------------------------------------------------


def test_publishing_needs_a_note_and_replaces_the_values(
    draft: MetricDraft, metric: Metric, actor: Any, run_work: Callable
) -> None:
    run_work()
    with pytest.raises(Refusal) as caught:
        services.publish_draft(actor=actor, metric_id=metric.pk, note="  ", seen=1)
    assert [issue.where for issue in caught.value.issues] == ["note"]
    services.publish_draft(actor=actor, metric_id=metric.pk, note="Only paid orders count.", seen=1)
    run_work()
    assert m.totals("revenue") == {JAN: Decimal("150.5"), FEB: Decimal(80), MARCH: Decimal(0)}
    assert selectors.draft_of("revenue") is None
    new, old = selectors.history_of("revenue")
    assert (new.number, new.note, new.by, new.same_figures) == (2, "Only paid orders count.", actor.name, False)
    assert not MetricValue.objects.filter(state="restated").exists()
    kept = selectors.former_figures("revenue", old.number, Grain.MONTH)
    seen = {period.start: value for period, value in kept.items()}
    assert seen == {JAN: Decimal("175.5"), FEB: Decimal(100), MARCH: Decimal(5)}
    assert acts()["metric.redefined"] == 1


def test_of_two_who_publish_one_wins_and_the_other_is_told(
    draft: MetricDraft, metric: Metric, actor: Any, ben: Any
) -> None:
    services.publish_draft(actor=ben.actor, metric_id=metric.pk, note="First.", seen=1)
    with pytest.raises(Refusal, match="no open draft any more") as caught:
        services.publish_draft(actor=actor, metric_id=metric.pk, note="Second.", seen=1)
    assert caught.value.status == 409
    assert caught.value.params == {"n": 2, "who": "Ben"}
    assert MetricVersion.objects.filter(metric=metric).count() == 2


def test_a_draft_of_an_older_version_is_published_only_knowingly(
    draft: MetricDraft, metric: Metric, actor: Any, ben: Any
) -> None:
    services.define(actor=ben.actor, definition=revenue(how="max"), note="By code.")
    with pytest.raises(Refusal, match="made from version") as caught:
        services.publish_draft(actor=actor, metric_id=metric.pk, note="Mine.", seen=1)
    assert caught.value.status == 409
    assert caught.value.params == {"made": 1, "n": 2, "who": "Ben"}
    services.publish_draft(actor=actor, metric_id=metric.pk, note="Mine.", seen=1, over=2)
    assert selectors.definition_of("revenue") == revenue(filters=PAID)


def test_a_draft_is_carried_to_the_newer_version(draft: MetricDraft, metric: Metric, actor: Any) -> None:
    services.define(actor=actor, definition=revenue(how="max"), note="By code.")
    assert services.rebase_draft(actor=actor, metric_id=metric.pk, seen=1) == ()
    carried = selectors.draft_of("revenue")
    assert (carried.definition, carried.based_on.number) == (revenue(how="max", filters=PAID), 2)
    services.publish_draft(actor=actor, metric_id=metric.pk, note="Both.", seen=2)
    assert selectors.metric_for("revenue").version_number == 3


def test_an_old_definition_comes_back_as_a_draft(
    draft: MetricDraft, metric: Metric, actor: Any, run_work: Callable
) -> None:
    with pytest.raises(Refusal, match="has begun a draft"):
        services.restore_version(actor=actor, metric_id=metric.pk, number=1)
    services.publish_draft(actor=actor, metric_id=metric.pk, note="Only paid.")
    services.restore_version(actor=actor, metric_id=metric.pk, number=1)
    services.publish_draft(actor=actor, metric_id=metric.pk, note="It was right before.")
    run_work()
    assert m.totals("revenue")[JAN] == Decimal("175.5")
    assert selectors.history_of("revenue")[0].restores == 1
    with pytest.raises(NotHere):
        services.restore_version(actor=actor, metric_id=metric.pk, number=9)
    with pytest.raises(Refusal, match="Nothing was changed"):
        services.restore_version(actor=actor, metric_id=metric.pk, number=1)


def test_a_change_of_words_draws_no_break(metric: Metric, actor: Any) -> None:
    renamed = revenue().model_copy(update={"direction": "down"})
    services.define(actor=actor, definition=renamed, note="Words.")
    services.define(actor=actor, definition=revenue(how="max"), note="The largest.")
    versions = selectors.history_of("revenue")
    assert [version.same_figures for version in versions] == [False, True, False]
    assert [(found.number, found.note) for found in selectors.breaks_of(versions, Grain.MONTH)] == [(3, "The largest.")]


# --- certification --------------------------------------------------------------------------------------------------


def test_lightdash_27289_the_owner_certifies_and_a_new_version_ends_it(
    metric: Metric, ben: Any, mia: Any, actor: Any
) -> None:
    """lightdash/lightdash#27289: a verified metric has to lose its mark when its definition changes."""
    with pytest.raises(Refusal) as caught:
        services.certify(actor=mia.actor, metric_id=metric.pk, note="Looks right.", number=1)
    assert (caught.value.status, caught.value.params) == (403, {"owner": "Ben"})
    with pytest.raises(Refusal):
        services.certify(actor=ben.actor, metric_id=metric.pk, note=" ", number=1)
    services.certify(actor=ben.actor, metric_id=metric.pk, note="Checked against the ledger.", number=1)
    certified = selectors.metric_for("revenue").certified
    assert (certified.by, certified.note, certified.number) == ("Ben", "Checked against the ledger.", 1)
    services.define(actor=actor, definition=revenue(how="max"), note="Other.")
    lapsed = selectors.metric_for("revenue")
    assert (lapsed.certified, lapsed.lapsed_from) == (None, 1)
    with pytest.raises(Refusal) as caught:
        services.certify(actor=ben.actor, metric_id=metric.pk, note="Late.", number=1)
    assert caught.value.status == 409
    services.certify(actor=actor, metric_id=metric.pk, note="As owner of the company.", number=2)
    assert selectors.metric_for("revenue").certified.by == actor.name
    services.withdraw_certification(actor=ben.actor, metric_id=metric.pk, note="A mistake.")
    assert selectors.metric_for("revenue").certified is None
    assert (acts()["metric.certified"], acts()["metric.certification_withdrawn"]) == (2, 1)


# --- who uses it, archiving, deleting -------------------------------------------------------------------------------


def test_every_use_is_named_with_its_page(metric: Metric, actor: Any, run_work: Callable) -> None:
    services.define(actor=actor, definition=m.document("double", "formula", expression="revenue * 2"))
    services.choose_north_star(actor=actor, metric_id=metric.pk, grain=Grain.MONTH)
    targets.set_target(
        actor=actor, metric_id=metric.pk, grain=Grain.MONTH, baseline=Decimal(1), goal=Decimal(2),
        start=date(2026, 1, 1), due=date(2026, 12, 31),
    )  # fmt: skip
    uses = selectors.usage_of("revenue")
    assert [use.in_words for use in uses] == [
        "The formula of “Double” uses it.",
        "It is the North Star Metric.",
        "It is in the metric tree.",
        "It has a target until 31 Dec 2026.",
    ]
    assert uses[0].url == "/metrics/double/"
    assert all(use.url and use.holds for use in uses)
    for refused in (
        lambda: services.archive_metric(actor=actor, metric_id=metric.pk),
        lambda: services.delete_metric(actor=actor, metric_id=metric.pk, confirmation="revenue"),
    ):
        with pytest.raises(Refusal) as caught:
            refused()
        assert len(caught.value.issues) == 4


def test_only_what_nothing_ever_used_is_deleted_and_only_when_its_key_is_typed(
    metric: Metric, actor: Any, draft: MetricDraft, run_work: Callable
) -> None:
    run_work()
    target = targets.set_target(
        actor=actor, metric_id=metric.pk, grain=Grain.MONTH, baseline=Decimal(1), goal=Decimal(2),
        start=date(2026, 1, 1), due=date(2026, 12, 31),
    )  # fmt: skip
    targets.withdraw_target(actor=actor, target_id=target.pk, reason="Wrong.")
    with pytest.raises(Refusal, match="Only a metric that nothing uses"):
        services.delete_metric(actor=actor, metric_id=metric.pk, confirmation="revenue")
    services.archive_metric(actor=actor, metric_id=metric.pk)  # history does not stand in the way of that
    free = services.define(actor=actor, definition=m.document("free", "manual")).metric
    with pytest.raises(Refusal) as caught:
        services.delete_metric(actor=actor, metric_id=free.pk, confirmation="fre")
    assert caught.value.issues[0].where == "confirmation"
    assert services.delete_metric(actor=actor, metric_id=free.pk, confirmation="free") == "free"
    assert not Metric.objects.filter(key="free").exists()
    run_work()  # what was asked for the deleted metric ends without harm
    assert not Work.objects.filter(status="parked", subject=str(free.pk)).exists()
    services.define(actor=actor, definition=m.document("free", "manual"), new=True)


def test_roles(draft: MetricDraft, metric: Metric, mia: Any, cleo: Any) -> None:
    for person in (mia, cleo):
        for act in (
            lambda who: services.save_draft(actor=who, metric_id=metric.pk, definition=revenue(how="max")),
            lambda who: services.publish_draft(actor=who, metric_id=metric.pk, note="x"),
            lambda who: services.discard_draft(actor=who, metric_id=metric.pk),
            lambda who: services.rebase_draft(actor=who, metric_id=metric.pk),
            lambda who: services.restore_version(actor=who, metric_id=metric.pk, number=1),
            lambda who: services.request_comparison(actor=who, metric_id=metric.pk),
            lambda who: services.delete_metric(actor=who, metric_id=metric.pk, confirmation="revenue"),
        ):
            with pytest.raises(Forbidden):
                act(person.actor)
