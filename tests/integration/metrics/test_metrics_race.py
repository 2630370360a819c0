"""Two workers at once, with connections of their own: no value is written from what is old."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connections

from apps.accounts.domain.roles import ROBOT
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import services
from apps.metrics.models import MetricDraft
from apps.metrics.services import updating
from apps.work.services import run_due
from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db(transaction=True)

JAN = date(2026, 1, 1)


def at_once(*acts: Callable[[], object]) -> None:
    """Run these on threads of their own; raise what one of them raised."""
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    if raised:
        raise raised[0]


def typed(key: str, value: int) -> UUID:
    metric = m.metric(key)
    services.type_value(actor=ROBOT, metric_id=metric.pk, grain=Grain.MONTH, period_start=JAN, value=Decimal(value))
    return metric.pk


def test_of_two_that_publish_one_draft_at_once_one_is_told_so(acme: Workspace) -> None:
    """Both have read the page of the draft and press the button in the same moment: one version, and one refusal."""
    with inside(acme):
        made = services.define(actor=ROBOT, definition=m.document("left", "manual"))
    for round_ in range(1, 6):
        with inside(acme):
            renamed = m.document("left", "manual", name={"en": f"Left {round_}"})
            draft = services.save_draft(actor=ROBOT, metric_id=made.metric_id, definition=renamed, seen=0)
        ready, outcomes = threading.Barrier(2, timeout=20), []

        def publish(
            note: str, ready: threading.Barrier = ready, outcomes: list = outcomes, seen: int = draft.revision
        ) -> None:
            with inside(acme):
                ready.wait()
                try:
                    version = services.publish_draft(actor=ROBOT, metric_id=made.metric_id, note=note, seen=seen)
                    outcomes.append(("published", version.note))
                except Refusal as refusal:
                    outcomes.append(("refused", refusal.status))

        at_once(lambda: publish("One"), lambda: publish("Other"))
        assert sorted(word for word, _ in outcomes) == ["published", "refused"]
        assert dict(outcomes)["refused"] in (404, 409)
        with inside(acme):
            metric = m.metric("left")
            assert metric.current_version.number == metric.versions.count() == round_ + 1
            assert metric.current_version.note == dict(outcomes)["published"]
            assert not MetricDraft.objects.exists()


def test_of_two_that_save_a_draft_at_once_one_is_told_so(acme: Workspace) -> None:
    with inside(acme):
        made = services.define(actor=ROBOT, definition=m.document("left", "manual"))
    ready, outcomes = threading.Barrier(2, timeout=20), []

    def save(name: str) -> None:
        with inside(acme):
            ready.wait()
            try:
                changed = m.document("left", "manual", name={"en": name})
                services.save_draft(actor=ROBOT, metric_id=made.metric_id, definition=changed, seen=0)
                outcomes.append(("saved", name))
            except Refusal as refusal:
                outcomes.append(("refused", refusal.status))

    at_once(lambda: save("One"), lambda: save("Other"))
    assert sorted(word for word, _ in outcomes) == ["refused", "saved"]
    assert dict(outcomes)["refused"] == 409
    with inside(acme):
        assert [draft.definition["name"]["en"] for draft in MetricDraft.objects.all()] == [dict(outcomes)["saved"]]


def test_a_formula_over_two_metrics_that_are_computed_at_once_sees_both(acme: Workspace, monkeypatch) -> None:
    with inside(acme):
        for key in ("left", "right"):
            services.define(actor=ROBOT, definition=m.document(key, "manual"))
        services.define(actor=ROBOT, definition=m.document("both", "formula", expression="left + right"))
        run_due()
    meet, real = threading.Barrier(2, timeout=20), updating.hold_metrics

    def together():
        meet.wait()
        return real()

    def work() -> None:
        with inside(acme):
            run_due(1)

    for round_ in range(1, 6):
        with inside(acme):
            typed("left", round_)
            typed("right", 100 * round_)
        with monkeypatch.context() as patched:
            patched.setattr(updating, "hold_metrics", together)
            at_once(work, work)
        with inside(acme):
            assert m.totals("both") == {JAN: 101 * round_}
            run_due()  # what fresh values ask for besides, such as forecasts
