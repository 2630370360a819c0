"""Two people at once, and workers that die: one result, nothing paid twice, nothing half."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from apps.incentives import selectors, services
from apps.incentives.domain.states import Act
from apps.incentives.models import (
    Calculation,
    Correction,
    LedgerEntry,
    ResultLine,
    Run,
    RunExport,
    RunResult,
    Settlement,
    Statement,
)
from apps.incentives.services import calculating, posting
from apps.kernel.issue import Refusal
from apps.work.models import Work
from apps.workspaces.scope import current_workspace, inside


class Killed(BaseException):
    """What no handler catches, as the end of a process."""


def at_once(*acts: Callable[[], Any]) -> list[object]:
    """Do several things at the same moment, each over a connection of its own; what came of each."""
    workspace, together = current_workspace(), Barrier(len(acts))

    def alone(act: Callable[[], Any]) -> object:
        try:
            with inside(workspace):
                together.wait(timeout=60)
                return act()
        except Refusal as refusal:
            return refusal.status
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(timeout=120) for each in [pool.submit(alone, act) for act in acts]]


def _act(company: Any, who: str, act: Act) -> Run:
    return company.act(who, Run.objects.get(), act)


def _reopen(company: Any, who: str) -> Run:
    return company.act(who, Run.objects.get(), Act.REOPEN, reason="A wrong rate", ticket="T-1")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_approve_lock_or_open_again_at_once_one_does(company):
    begun = at_once(company.begin, company.begin)
    assert [each for each in begun if each == 409] == [409]
    run = Run.objects.get()
    company.calculate(run)
    company.act("hana", run, Act.SUBMIT)
    approved = at_once(*(partial(_act, company, who, Act.APPROVE) for who in ("adi", "ada")))
    assert [each for each in approved if each == 409] == [409]
    assert run.approvals.count() == 1
    others = [who for who in ("ada", "adi") if run.approvals.get().by != company.people[who].pk]
    company.people["ben"].roles = ["admin"]
    company.people["ben"].save()
    locked = at_once(*(partial(_act, company, who, Act.LOCK) for who in (others[0], "ben")))
    assert [each for each in locked if each == 409] == [409]
    assert LedgerEntry.objects.count() == 4
    _reopen(company, "hana")
    again = at_once(*(partial(_reopen, company, who) for who in ("ada", "adi")))
    assert [each for each in again if each == 409] == [409]
    assert LedgerEntry.objects.count() == 8  # each line taken back once
    assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 0
    assert selectors.proof().holds


@pytest.mark.django_db(transaction=True)
def test_new_data_at_the_moment_of_the_lock_is_paid_once(company):
    """Either the lock finds it and is refused, or what was locked is corrected by the difference: the same sum."""
    run = company.approved()
    came = at_once(partial(_act, company, "ada", Act.LOCK), partial(company.type, "mau", S01=9_400))
    company.work()
    run.refresh_from_db()
    hana = company.people["hana"].actor
    if run.state == "approved":
        assert came[0] == 422
        company.act("adi", run, Act.REJECT, reason="New data came.")
    else:
        run = services.take_correction(actor=hana, correction_id=Correction.objects.get(state="open").pk)
    company.calculate(run)
    for who, act in (("hana", Act.SUBMIT), ("adi", Act.APPROVE), ("ada", Act.LOCK)):
        company.act(who, run, act)
    company.work()
    assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 3_175_000
    assert not Correction.objects.filter(state="open").exists()


@pytest.mark.django_db
class TestWorkersThatDie:
    def test_killed_while_results_are_kept_leaves_what_stood_and_the_next_one_finishes(self, company, monkeypatch):
        run = company.calculate(company.begin())
        monkeypatch.setattr(calculating, "PORTION", 2)
        kept = calculating._row
        done = []

        def dies(*given: Any) -> RunResult:
            done.append(1)
            if len(done) == 4:
                raise Killed
            return kept(*given)

        monkeypatch.setattr(calculating, "_row", dies)
        with pytest.raises(Killed):
            company.calculate(run)
        run.refresh_from_db()
        assert (run.revision, run.state) == (1, "calculated")
        assert selectors.results_of(run).count() == 4
        assert RunResult.objects.filter(run=run, revision=2).count() == 2, "half of a revision that nobody reads"
        monkeypatch.setattr(calculating, "_row", kept)
        Work.objects.filter(kind="incentives.calculate", status="running").update(lease_until="2026-01-01T00:00:00Z")
        company.work()
        run.refresh_from_db()
        assert (run.revision, run.state) == (2, "calculated")
        assert RunResult.objects.filter(run=run).count() == 4
        assert ResultLine.objects.filter(result__run=run).count() == 12
        assert not Calculation.objects.filter(whole=False).exists()

    def test_killed_while_posting_posts_nothing_and_locking_again_posts_once(self, company, monkeypatch):
        run = company.approved()
        settled = posting._settled

        def dies(*given: Any) -> Settlement:
            raise Killed

        monkeypatch.setattr(posting, "_settled", dies)
        with pytest.raises(Killed):
            company.act("ada", run, Act.LOCK)
        assert Run.objects.get(pk=run.pk).state == "approved"
        assert not LedgerEntry.objects.exists()
        monkeypatch.setattr(posting, "_settled", settled)
        company.act("ada", run, Act.LOCK)
        assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 3_100_000

    def test_a_large_run_is_posted_by_a_worker_that_may_die(self, company, monkeypatch, client_of):
        """Until everybody is posted, nothing follows from it: not on the page, not in the service, not in SQL."""
        run = company.approved()
        monkeypatch.setattr(posting, "AT_ONCE", 1)
        monkeypatch.setattr(posting, "PORTION", 3)
        company.act("ada", run, Act.LOCK)
        assert not LedgerEntry.objects.exists()
        self.nothing_follows(company, run)

        settled, done = posting._settled, []

        def dies(*given: Any) -> Settlement:
            done.append(1)
            if len(done) == 4:
                raise Killed
            return settled(*given)

        monkeypatch.setattr(posting, "_settled", dies)
        with pytest.raises(Killed):
            company.work()
        assert LedgerEntry.objects.count() == Settlement.objects.count() == 3
        self.nothing_follows(company, run)
        page = client_of(company.people["hana"]).get(f"/pay/runs/{run.pk}/").content.decode()
        assert "Entering the amounts in the ledger" in page
        assert "/act/pay/" not in page

        monkeypatch.setattr(posting, "_settled", settled)
        Work.objects.filter(kind="incentives.post", status="running").update(lease_until="2026-01-01T00:00:00Z")
        company.work()
        assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 3_100_000
        assert LedgerEntry.objects.count() == Settlement.objects.count() == Statement.objects.count() == 4
        assert selectors.proof().holds
        company.paid(run)

    def nothing_follows(self, company, run) -> None:
        for act, more in (
            (Act.PAY, {"file": "F1", "paid_on": run.last}),
            (Act.REOPEN, {"reason": "Wrong", "ticket": "T-1"}),
            (Act.VOID, {"reason": "Wrong"}),
        ):
            with pytest.raises(Refusal) as refused:
                company.act("hana", run, act, **more)
            assert "still being entered in the ledger" in str(refused.value.issues)
        with pytest.raises(Refusal):
            services.audit_pack(actor=company.people["hana"].actor, run_id=run.pk)
        hana = company.people["hana"].pk
        for change in (
            lambda: Run.objects.filter(pk=run.pk).update(
                state="paid", payroll_file="F1", paid_on=run.last, acted_by=hana
            ),
            lambda: Calculation.objects.filter(run=run).update(published_at=company.now()),
            lambda: RunExport.objects.create(run=run, revision=1, name="F1", digest="x", by=hana, by_name="Hana"),
            lambda: Run.objects.create(
                plan=run.plan, version=run.version, first=run.first, last=run.last, kind="adjustment", corrects=run,
                created_by=hana, created_by_name="Hana",
            ),
        ):  # fmt: skip
            with pytest.raises(IntegrityError), transaction.atomic():
                change()
        assert services.correcting.look_at(run.pk) is None

    def test_asked_twice_is_calculated_once(self, company):
        run = company.begin()
        asked = {"actor": company.people["hana"].actor, "run_id": run.pk, "revision": 0}
        assert services.request_calculation(**asked).pk == services.request_calculation(**asked).pk
        company.work()
        run.refresh_from_db()
        assert run.revision == 1
