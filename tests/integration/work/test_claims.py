"""The lease: one worker at a time, in order, and nobody writes who lost it."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import translation

from apps.audit.models import Entry
from apps.common.leased import MAX_ATTEMPTS, LostLease
from apps.work.claims import DIED_TOO_OFTEN, claim_next
from apps.work.models import Work
from apps.work.services import UNEXPECTED, UnknownWork, WorkFailed, enqueue, run, run_due
from apps.workspaces.scope import NoWorkspace, in_public, inside

pytestmark = pytest.mark.django_db


def let_lease_run_out(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(lease_until=Now() - timedelta(seconds=1))


def make_due(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(not_before=Now())


def idle(claim) -> None:
    """Work that is nothing."""


# --- asking ---------------------------------------------------------------------------------------------------------


def test_an_unknown_kind_fails_where_it_is_asked_for(in_acme):
    with pytest.raises(UnknownWork, match=r"datasets\.inspcet"):
        enqueue("datasets.inspcet", subject=1)
    assert not Work.objects.exists()


def test_work_without_a_workspace_is_refused(acme, kind):
    name = kind(idle)
    with in_public(), pytest.raises(NoWorkspace):
        enqueue(name, subject=1)


def test_asking_for_the_same_while_it_waits_gives_the_first(in_acme, kind):
    name = kind(idle)
    first = enqueue(name, subject="a", upload="1")
    assert enqueue(name, subject="a", upload="1") == first
    assert enqueue(name, subject="a", upload="2") != first
    assert enqueue(name, subject="b", upload="1") != first
    claim_next()
    assert enqueue(name, subject="a", upload="1") != first, "what has begun may have missed why it was asked for"


def test_arguments_are_ids_not_data(in_acme, kind):
    with pytest.raises(ValueError, match="data"):
        enqueue(kind(idle), subject=1, rows="x" * 2000)


# --- order and lease ------------------------------------------------------------------------------------------------


def test_work_on_one_subject_is_done_in_the_order_asked(in_acme, kind):
    name = kind(idle)
    first = enqueue(name, subject="a", number=1)
    second = enqueue(name, subject="a", number=2)
    other = enqueue(name, subject="b", number=1)
    begun = claim_next()
    assert begun.work == first
    assert claim_next().work == other
    assert claim_next() is None, "the second waits for the first"
    with begun.completing():
        pass
    assert claim_next().work == second


def test_a_later_piece_waits_while_an_earlier_one_pauses_after_a_failure(in_acme, kind):
    def fails(claim):
        raise WorkFailed("No luck.", retry=True)

    name = kind(fails)
    first = enqueue(name, subject="a", number=1)
    enqueue(name, subject="a", number=2)
    run(claim_next())
    assert claim_next() is None
    make_due(first)
    assert claim_next().work == first


def test_a_slow_worker_that_lost_its_lease_writes_nothing(in_acme, kind, actor):
    enqueue(kind(idle), subject="a")
    slow = claim_next()
    let_lease_run_out(slow.work)
    quick = claim_next()
    assert quick.work == slow.work
    assert quick.work.attempt == 2

    with pytest.raises(LostLease):
        slow.progress(1, 2)
    with pytest.raises(LostLease), slow.completing():
        Entry.objects.create(actor_id=actor.id, actor_name="slow", act="written", subject_kind="x", subject_id="1")
    assert not Entry.objects.filter(actor_name="slow").exists()
    with quick.completing():
        Entry.objects.create(actor_id=actor.id, actor_name="quick", act="written", subject_kind="x", subject_id="1")
    assert Work.objects.get().status == Work.Status.DONE
    with pytest.raises(LostLease), quick.completing():
        pass


def test_a_result_that_cannot_be_written_leaves_the_work_undone(in_acme, kind, actor):
    enqueue(kind(idle), subject="a")
    claim = claim_next()
    with pytest.raises(WorkFailed), claim.completing():
        raise WorkFailed("Not now.", retry=True)
    assert Work.objects.get().status == Work.Status.RUNNING


def test_the_lease_is_kept_by_beating(in_acme, kind, settings):
    settings.WORK_LEASE_SECONDS = 2
    enqueue(kind(idle), subject="a")
    claim = claim_next()
    for _ in range(8):
        time.sleep(0.4)
        claim.beat()
        assert claim_next() is None, "after more than the lease's length it is still ours"


# --- ends -----------------------------------------------------------------------------------------------------------


def test_work_whose_workers_die_is_set_aside_after_five_attempts(in_acme, kind):
    heard = []
    enqueue(kind(idle, stopped=lambda work: heard.append(work.reason)), subject="a")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claim = claim_next()
        assert claim.work.attempt == attempt
        let_lease_run_out(claim.work)
    assert claim_next() is None
    work = Work.objects.get()
    assert work.status == Work.Status.PARKED
    assert work.reason_in_words == "The worker was stopped 5 times while doing this, so it was set aside."
    assert heard == [DIED_TOO_OFTEN]


def test_a_failure_that_may_pass_is_tried_again_a_little_later_each_time(in_acme, kind):
    def fails(claim):
        raise WorkFailed("The engine ended (%(code)s).", retry=True, params={"code": 9})

    work = enqueue(kind(fails), subject="a")
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        assert run_due() == 1
        work.refresh_from_db()
        pauses.append((work.not_before - work.started_at).total_seconds())
        assert run_due() == 0, "it pauses first"
        make_due(work)
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[0] >= 2
    assert work.status == Work.Status.PARKED
    assert work.attempt == MAX_ATTEMPTS
    assert work.reason_in_words == "The engine ended (9)."


def test_a_final_failure_is_set_aside_at_once(in_acme, kind):
    def fails(claim):
        raise WorkFailed("The file is broken.", retry=False)

    work = enqueue(kind(fails), subject="a")
    run_due()
    work.refresh_from_db()
    assert (work.status, work.attempt, work.reason) == (Work.Status.PARKED, 1, "The file is broken.")


def test_a_room_that_fails_to_take_note_does_not_keep_work_alive(in_acme, kind):
    def fails(claim):
        raise WorkFailed("No.", retry=False)

    def breaks(work):
        raise RuntimeError("not noted")

    enqueue(kind(fails, stopped=breaks), subject="a")
    run_due()
    assert Work.objects.get().status == Work.Status.PARKED


def test_work_of_a_kind_that_nobody_does_any_more_says_so(in_acme):
    Work.objects.create(kind="gone.kind", subject="a")
    for _ in range(MAX_ATTEMPTS):
        run_due()
        Work.objects.update(not_before=Now())
    work = Work.objects.get()
    assert work.status == Work.Status.PARKED
    assert "gone.kind" in work.reason_in_words


def test_a_reason_is_said_in_the_readers_language(in_acme):
    work = Work.objects.create(kind="x", subject="a", reason=DIED_TOO_OFTEN, reason_params={"count": 5})
    with translation.override("zh-hans"):
        assert work.reason_in_words == "执行这项任务的进程中断了 5 次，任务已搁置。"


# --- several workers ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_defect_gives_the_work_back_and_parks_it_in_the_end(in_acme, kind):
    def breaks(claim):
        raise ZeroDivisionError("a defect of ours")

    work = enqueue(kind(breaks), subject="a")
    for _ in range(MAX_ATTEMPTS):
        run_due()
        make_due(work)
    work.refresh_from_db()
    assert (work.status, work.reason) == (Work.Status.PARKED, UNEXPECTED)


@pytest.mark.django_db(transaction=True)
def test_workers_never_do_the_same_row_nor_the_same_subject_at_once(in_acme, kind):
    running: dict[str, int] = {}
    done: list[tuple[str, int]] = []
    clashes: list[str] = []
    guard = threading.Lock()

    def handler(claim):
        subject = claim.work.subject
        with guard:
            running[subject] = running.get(subject, 0) + 1
            if running[subject] > 1:
                clashes.append(subject)
        time.sleep(0.003)
        with claim.completing(), guard:
            done.append((subject, claim.args["number"]))
            running[subject] -= 1

    name = kind(handler)
    for number in range(15):
        for subject in "abcd":
            enqueue(name, subject=subject, number=number)
    start = threading.Barrier(4)

    def worker():
        with inside(in_acme):
            start.wait()
            while Work.objects.exclude(status=Work.Status.DONE).exists():
                run_due()
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not clashes
    assert sorted(done) == [(subject, number) for subject in "abcd" for number in range(15)]
    for subject in "abcd":
        assert [number for other, number in done if other == subject] == list(range(15))
    assert set(Work.objects.values_list("attempt", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_for_while_a_worker_begins_is_not_lost(in_acme, kind):
    """A worker holds the row, not yet committed; a request that asks for the same must not join it."""
    name = kind(idle)
    first = enqueue(name, subject="a")
    asked: list[Work] = []

    def ask():
        with inside(in_acme), transaction.atomic():
            asked.append(enqueue(name, subject="a"))
        connection.close()

    with transaction.atomic():
        claim = claim_next()
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.3)
        assert not asked, "it waits until the worker has taken the row or let go of it"
    asking.join(10)
    assert claim.work == first
    assert asked[0] != first
    assert Work.objects.filter(status=Work.Status.QUEUED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_not_begin_what_a_request_is_just_joining(in_acme, kind):
    name = kind(idle)
    enqueue(name, subject="a")
    found: list[object] = []

    def work():
        with inside(in_acme):
            found.append(claim_next())
        connection.close()

    with transaction.atomic():
        enqueue(name, subject="a")
        worker = threading.Thread(target=work)
        worker.start()
        worker.join(10)
    assert found == [None]
    assert claim_next() is not None
