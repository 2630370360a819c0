"""What is written about a run stands: results, the ledger, statements; SQL as the application's role is refused."""

from hashlib import sha256

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from apps.incentives import selectors
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
    RunProposal,
    RunResult,
    Settlement,
    Statement,
)
from apps.incentives.services.verifying import differences_of
from tests.integration.incentives.conftest import LAST
from tests.integration.incentives.walls import put, refused, sql, tried

pytestmark = pytest.mark.django_db


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
        self.says_what_was_posted(run)
        paid = {"state": "paid", "payroll_file": "F2", "paid_on": LAST, "acted_by": company.people["hana"].pk}
        company.exported(run)
        refused(put, run, **paid, match="No payroll file of this run")
        company.act("hana", run, Act.PAY, file="F1", paid_on=LAST)
        refused(put, run, payroll_file="F2", match="stays as it is")
        refused(put, run, state="locked", match="stays as it is")

    def says_what_was_posted(self, run: Run) -> None:
        settled = Settlement.objects.filter(run=run).first()
        result = RunResult.objects.get(run=run, participant=settled.participant)
        other = RunResult.objects.filter(run=run).exclude(pk=result.pk).first()
        told = {
            "run": run, "revision": 1, "result": result, "participant": settled.participant, "currency": "CNY",
            "due": result.due, "pay": settled.pay, "document": "{}", "fingerprint": sha256(b"{}").hexdigest(),
            "head": run.head, "published_at": run.created_at, "dispute_until": LAST,
        }  # fmt: skip
        for change in (
            {"pay": 1}, {"due": 1}, {"balance": -1}, {"posted": 1}, {"currency": "EUR"}, {"result": other},
        ):  # fmt: skip
            refused(Statement.objects.create, **told | change, match="what was posted and settled")
        assert tried(Statement.objects.create, **told)

    def test_the_ledger_only_grows_and_its_chain_is_the_domains(self, company):
        company.locked()
        rows = list(LedgerEntry.objects.order_by("number"))
        assert verify(each.entry for each in rows) == [], "SQL and the domain write the same canonical text"
        for table in ("incentives_ledgerentry", "incentives_settlement"):
            for text in ("UPDATE {} SET currency = currency", "DELETE FROM {}", "TRUNCATE {}"):
                refused(sql, text.format(table), match="permission denied")
        for model in apps.get_app_config("incentives").get_models():  # no table of pay is ever emptied
            refused(sql, f"TRUNCATE {model._meta.db_table} CASCADE", match="permission denied")
        for model in (RunApproval, RunExport, RunProposal, RunAdjustment, RunEvent, RunResult, Calculation, Run):
            refused(sql, " ".join(("DELETE FROM", model._meta.db_table)))
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
