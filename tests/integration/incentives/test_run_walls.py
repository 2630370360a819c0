"""What the database refuses about runs, as the application's own role: every step by every person, and SQL around it.

The table of steps is written here by hand and held against the service and the page: the three agree on each line.
"""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.incentives import selectors, services
from apps.incentives.domain.ledger import verify
from apps.incentives.domain.states import Act
from apps.incentives.models import (
    Calculation,
    LedgerEntry,
    ResultLine,
    Run,
    RunAdjustment,
    RunApproval,
    RunEvent,
    RunExport,
    RunResult,
    Settlement,
)
from apps.incentives.services.verifying import differences_of
from apps.kernel.issue import Refusal

pytestmark = pytest.mark.django_db

PEOPLE = ("ada", "adi", "hana", "ben", "mia", "max", "cleo")  # owner, admin, HR, analyst, manager, member, viewer


def refused(act, *args: object, match: str | None = None, **values: object) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act(*args, **values)


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def put(run: Run, **values: object) -> int:
    return Run.objects.filter(pk=run.pk).update(**values)


def tried(act, *args: object, **values: object) -> bool:
    """Whether the database lets it happen; it is taken back either way."""
    try:
        with transaction.atomic():
            act(*args, **values)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def approve(run: Run, who: Any) -> RunApproval:
    return RunApproval.objects.create(
        run=run, revision=run.revision, content=run.content, step=9, head="0" * 64, by=who.pk, by_name="x"
    )


class TestEveryStepByEverybody:
    """State, act, and who may do it: Hana calculated, Adi approved; nobody is trusted by being an owner alone."""

    TABLE = {
        ("calculated", Act.SUBMIT): {"hana"},
        ("in_review", Act.RETURN): {"ada", "adi", "hana"},
        ("in_review", Act.APPROVE): {"ada", "adi"},
        ("approved", Act.REJECT): {"ada", "adi", "hana"},
        ("approved", Act.LOCK): {"ada"},
        ("locked", Act.PAY): {"hana"},
    }
    TO = {
        Act.SUBMIT: "in_review", Act.RETURN: "draft", Act.APPROVE: "approved", Act.REJECT: "draft", Act.LOCK: "locked",
        Act.PAY: "paid",
    }  # fmt: skip

    def test_page_service_and_database_say_the_same(self, company, client_of):
        run = company.calculate(company.begin())
        seen = set()
        for state, before in (
            ("calculated", None), ("in_review", ("hana", Act.SUBMIT)), ("approved", ("adi", Act.APPROVE)),
            ("locked", ("ada", Act.LOCK)),
        ):  # fmt: skip
            if before:
                company.act(before[0], run, before[1])
            run = Run.objects.select_related("plan", "version").get(pk=run.pk)
            assert run.state == state
            for name in PEOPLE:
                person = company.people[name]
                offered = selectors.acts_for(person.actor, run)
                for act, to in self.TO.items():
                    may = name in self.TABLE.get((state, act), set())
                    assert (act in offered) is may, (state, act, name, "page")
                    assert self._by_service(company, name, run, act) is may, (state, act, name, "service")
                    alike = {each for each, end in self.TO.items() if end == to}  # return and reject are one step
                    may = any(name in self.TABLE.get((state, each), set()) for each in alike)
                    assert self._by_sql(run, person, act, to) is may, (state, act, name, "database")
                    seen.add((state, act))
        assert set(self.TABLE) <= seen

    def _by_service(self, company, name: str, run: Run, act: Act) -> bool:
        try:
            with transaction.atomic():
                more = {"paid_on": "2026-11-30"} if act is Act.PAY else {}
                company.act(name, run, act, "Reason.", "T-1", "F1", **more)
                transaction.set_rollback(True)
        except Refusal:
            return False
        return True

    def _by_sql(self, run: Run, person: Any, act: Act, to: str) -> bool:
        def step() -> None:
            if act is Act.APPROVE:
                approve(run, person)
            more = {"payroll_file": "F1", "paid_on": "2026-11-30"} if act is Act.PAY else {}
            put(run, state=to, acted_by=person.pk, reason="Reason.", **more)

        return tried(step)


class TestDuties:
    def test_nobody_approves_what_they_calculated_adjusted_uploaded_or_exported(self, company):
        company.people["ben"].roles = ["admin"]
        company.people["ben"].save()
        run = company.calculate(company.begin())
        company.act("hana", run, Act.SUBMIT)
        run.refresh_from_db()
        assert company.people["ben"].pk in Calculation.objects.get(run=run, revision=1).uploaders
        refused(approve, run, company.people["ben"], match="had a part")
        refused(approve, run, company.people["hana"], match="not trusted")
        company.people["hana"].roles = ["hr", "owner"]
        company.people["hana"].save()
        refused(approve, run, company.people["hana"], match="had a part")
        approve(run, company.people["adi"])
        refused(approve, run, company.people["adi"])

    def test_an_approval_is_for_what_stands_and_for_nothing_else(self, company):
        run = company.calculate(company.begin())
        refused(approve, run, company.people["adi"], match="stands in review")
        company.act("hana", run, Act.SUBMIT)
        run.refresh_from_db()
        other = Run.objects.get(pk=run.pk)
        other.content = "0" * 64
        refused(approve, other, company.people["adi"], match="stands in review")
        company.act("adi", run, Act.APPROVE)
        refused(put, run, content="0" * 64)
        refused(put, run, state="locked", acted_by=company.people["adi"].pk, match="had a part")
        company.act("ada", run, Act.REJECT, "Once more.")
        refused(put, run, state="approved", acted_by=company.people["adi"].pk, match="no step")

    def test_it_takes_as_many_people_as_the_plan_says(self, company):
        run = company.calculate(company.begin())
        company.act("hana", run, Act.SUBMIT)
        run.refresh_from_db()
        refused(put, run, state="approved", acted_by=company.people["adi"].pk, match="enough people")

    def test_opening_again_and_making_void_take_two(self, company):
        run = company.locked()
        run.refresh_from_db()
        for state in ("reopened", "void"):
            refused(
                put, run, state=state, acted_by=company.people["hana"].pk, reason="R", ticket="T", match="two people"
            )
        company.act("hana", run, Act.REOPEN, "Reason.", "T-1")
        refused(put, run, state="reopened", acted_by=company.people["hana"].pk, reason="R", ticket="T")

    def test_an_amount_by_hand_is_not_approved_by_who_wrote_it(self, company):
        run = company.calculate(company.begin())
        made = services.adjust(
            actor=company.people["hana"].actor, run_id=run.pk, participant_id=company.participants["mia"].pk, minor=5,
            reason="R",
        )  # fmt: skip
        mine = RunAdjustment.objects.filter(pk=made.pk)
        refused(mine.update, approved_by=company.people["hana"].pk, match="own_adjustment")
        refused(mine.update, approved_by=company.people["ben"].pk, match="not trusted")
        refused(mine.update, minor=6, match="never changed")
        refused(mine.delete)
        refused(put, run, state="in_review", acted_by=company.people["hana"].pk, match="stands in the way")


class TestWhatIsWritten:
    def test_results_and_what_is_locked_or_paid_never_change(self, company):
        run = company.locked()
        results = RunResult.objects.filter(run=run)
        refused(results.update, minor=1, match="never rewritten")
        refused(ResultLine.objects.update, minor=1, match="never rewritten")
        refused(ResultLine.objects.filter(result__run=run).delete, match="stands")
        refused(sql, "DELETE FROM incentives_runreading", match="stands")
        refused(Calculation.objects.filter(run=run).update, inputs="0" * 64, match="never changed")
        refused(put, run, budget=1)
        refused(Run.objects.filter(pk=run.pk).delete)
        refused(RunEvent.objects.update, note="x", match="never rewritten")
        first = results.first()
        first.pk = None
        refused(first.save, match="never added to|pay_result_once")
        company.paid(run)
        refused(put, run, payroll_file="F2", match="stays as it is")
        refused(put, run, state="locked", match="stays as it is")

    def test_the_ledger_only_grows_and_its_chain_is_the_domains(self, company):
        company.locked()
        rows = list(LedgerEntry.objects.order_by("number"))
        assert verify(each.entry for each in rows) == [], "SQL and the domain write the same canonical text"
        for table in ("incentives_ledgerentry", "incentives_settlement"):
            for text in ("UPDATE {} SET currency = currency", "DELETE FROM {}", "TRUNCATE {}"):
                refused(sql, text.format(table), match="permission denied")
        assert Settlement.objects.count() == 4

    def test_a_forged_line_is_refused_and_a_forged_hash_overwritten(self, company):
        run = company.locked()
        line = LedgerEntry.objects.order_by("number").last()
        text = (
            "INSERT INTO incentives_ledgerentry (number, participant, plan, period, run, kind, minor, currency, "
            "result, cause, before, hash) SELECT 7, participant, plan, period, run, %s, %s, currency, result, "
            "cause, '', 'forged' FROM incentives_ledgerentry WHERE number = %s"
        )
        refused(sql, text, "adjustment", 100, line.number, match="what was calculated")
        refused(sql, text, "original", line.minor, line.number, match="twice")
        refused(sql, text, "reversal", -line.minor, line.number, match="taken back")
        company.act("hana", run, Act.REOPEN, "Reason.", "T-1")
        company.act("adi", run, Act.REOPEN)
        assert selectors.proof().holds
        refused(sql, text, "reversal", -line.minor, line.number)

    def test_texts_with_quotes_and_signs_hash_the_same_in_sql(self, company):
        run = company.locked()
        company.act("hana", run, Act.REOPEN, 'He said "no"\\ \t奖金 é \u2028', "T-1")
        company.act("adi", run, Act.REOPEN)
        assert LedgerEntry.objects.filter(cause__contains="奖金").exists()
        assert selectors.proof().holds

    def test_only_payroll_takes_a_file_out_of_a_locked_run(self, company):
        run = company.approved()
        told = {"run": run, "revision": 1, "name": "f", "digest": "0" * 64, "by_name": "x"}
        refused(RunExport.objects.create, **told, by=company.people["hana"].pk, match="locked run")
        company.act("ada", run, Act.LOCK)
        refused(RunExport.objects.create, **told, by=company.people["adi"].pk, match="locked run")
        RunExport.objects.create(**told, by=company.people["hana"].pk)


class TestProof:
    def test_the_command_proves_the_ledger_and_recalculates_locked_runs(self, company, capsys):
        run = company.locked()
        head = selectors.head_of_ledger()
        call_command("verify_ledger", workspace="acme", runs=True, head=[head])
        assert "4 lines stand" in capsys.readouterr().out
        assert differences_of(run) == []
        with pytest.raises(CommandError, match="not in the ledger"):
            call_command("verify_ledger", workspace="acme", head=["f" * 64])
