"""What the database refuses about runs, as the application's own role: every step by every person, and SQL around it.

The table of steps is written here by hand and held against the service and the page: the three agree on each line.
"""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.incentives import selectors, services
from apps.incentives.domain.ledger import verify
from apps.incentives.domain.states import Act, State
from apps.incentives.models import (
    Calculation,
    Correction,
    IncentivePlan,
    LedgerEntry,
    Participant,
    PlanVersion,
    ResultLine,
    Run,
    RunAcceptance,
    RunAdjustment,
    RunApproval,
    RunDecision,
    RunEvent,
    RunExport,
    RunProposal,
    RunRate,
    RunResult,
    Settlement,
    Statement,
)
from apps.incentives.services.verifying import differences_of
from apps.kernel.issue import Refusal
from tests.integration.incentives.conftest import FIRST, LAST

pytestmark = pytest.mark.django_db

PEOPLE = ("ada", "adi", "hana", "ben", "mia", "max", "cleo")  # owner, admin, HR, analyst, manager, member, viewer


def refused(act, /, *args: object, match: str | None = None, **values: object) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act(*args, **values)


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def put(run: Run, **values: object) -> int:
    return Run.objects.filter(pk=run.pk).update(**values)


def tried(act, /, *args: object, **values: object) -> bool:
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


def give(person: Any, *roles: str) -> None:
    person.roles = list(roles)
    person.save()


def in_review(company: Any, run: Run, who: str) -> None:
    """Calculated and submitted by one person."""
    run.refresh_from_db()
    services.request_calculation(actor=company.people[who].actor, run_id=run.pk, revision=run.revision)
    company.work()
    company.act(who, run, Act.SUBMIT)
    run.refresh_from_db()


def relations(run: Run, person: Any) -> set[str]:
    """What somebody has to do with a run already: the database and the domain say the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pay_relations(%s, %s)", [person.pk, run.pk])
        (found,) = cursor.fetchone()
    assert set(found) == {str(each) for each in selectors.facts_of(run).relations(str(person.pk))}
    return set(found)


class TestEveryStepByEverybody:
    """State, act, and who may do it: Hana calculated, Adi approved; nobody is trusted by being an owner alone.

    Hana proposed to make the run void, and to open it again: a second person may. Mia leads a team that is in the run,
    and the version lets leads see it.
    """

    TABLE = {
        ("calculated", Act.CHANGE_INPUTS): {"hana"},
        ("calculated", Act.CALCULATE): {"hana"},
        ("calculated", Act.ADJUST): {"hana"},
        ("calculated", Act.SUBMIT): {"hana"},
        ("in_review", Act.COMMENT): {"ada", "adi", "hana", "mia"},
        ("in_review", Act.RETURN): {"ada", "adi", "hana", "mia"},
        ("in_review", Act.APPROVE): {"ada", "adi"},
        ("approved", Act.REJECT): {"ada", "adi", "hana"},
        ("approved", Act.LOCK): {"ada"},
        ("locked", Act.EXPORT): {"hana"},
        ("locked", Act.PAY): {"hana"},
        ("locked", Act.REOPEN): {"ada", "adi"},
        ("locked", Act.START_ADJUSTMENT): {"hana"},
        ("paid", Act.START_ADJUSTMENT): {"hana"},
        **{(state, Act.VOID): {"ada", "adi"} for state in ("calculated", "in_review", "approved", "locked")},
    }
    WRITES = {
        Act.CHANGE_INPUTS: "_rated", Act.ADJUST: "_adjusted", Act.COMMENT: "_commented", Act.EXPORT: "_exported",
        Act.START_ADJUSTMENT: "_corrected",
    }  # fmt: skip
    TO = {
        Act.CALCULATE: "calculated",
        Act.SUBMIT: "in_review", Act.RETURN: "draft", Act.APPROVE: "approved", Act.REJECT: "draft", Act.LOCK: "locked",
        Act.PAY: "paid", Act.REOPEN: "reopened", Act.VOID: "void",
    }  # fmt: skip

    def test_who_begins_a_run(self, company):
        """Also one that nobody is paid by. The page and the service let in who prepares pay."""
        told = {"plan": company.plan, "version": company.version, "first": FIRST, "last": LAST, "created_by_name": "x"}
        for name, person in company.people.items():
            for kind in ("regular", "dry"):
                assert tried(Run.objects.create, **told, kind=kind, created_by=person.pk) is (name == "hana")
                with transaction.atomic():
                    try:
                        company.begin(actor=person.actor, kind=kind)
                        assert name == "hana"
                    except Refusal:
                        assert name != "hana"
                    transaction.set_rollback(True)
        hana = {**told, "created_by": company.people["hana"].pk}
        refused(Run.objects.create, **{**hana, "first": date(2025, 7, 1)}, match="holds on all of its days")
        other = IncentivePlan.objects.create(key="other", name="O", currency="CNY", created_by=hana["created_by"])
        refused(Run.objects.create, **{**hana, "plan": other}, match="published version")
        version = PlanVersion.objects.create(
            plan=other, number=1, effective_from=FIRST, document="{}", author_id=hana["created_by"]
        )
        drafted = {**hana, "plan": other, "version": version}
        refused(Run.objects.create, **drafted, match="published version")
        Run.objects.create(**drafted, kind="dry")

    @pytest.mark.parametrize("company", [{"lead_sees_team": True}], indirect=True)
    def test_page_service_and_database_say_the_same(self, company):
        run = company.calculate(company.begin())
        company.act("hana", run, Act.VOID, "Reason.")
        seen = set()
        for state, before in (
            ("calculated", None), ("in_review", ("hana", Act.SUBMIT)), ("approved", ("adi", Act.APPROVE)),
            ("locked", ("ada", Act.LOCK)), ("paid", None),
        ):  # fmt: skip
            if before:
                company.act(before[0], run, before[1])
            if state == "locked":
                company.act("hana", run, Act.REOPEN, "Reason.", "T-1")
                company.exported(run)
            if state == "paid":
                company.act("hana", run, Act.PAY, file="F1", paid_on=LAST)
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
                for act, write in self.WRITES.items():
                    may = name in self.TABLE.get((state, act), set())
                    assert (act in offered) is may, (state, act, name, "page")
                    if act is not Act.EXPORT:  # which waits for statements, too: test_statements.py
                        assert self._by_service(company, name, run, act) is may, (state, act, name, "service")
                    assert tried(getattr(self, write), company, run, person) is may, (state, act, name, "database")
                    seen.add((state, act))
                for to in {str(each) for each in State} - set(self.TO.values()):
                    assert not self._by_sql(run, person, None, to), (state, to, name, "no such step")
        assert set(self.TABLE) <= seen

    def _by_service(self, company, name: str, run: Run, act: Act) -> bool:
        actor = company.people[name].actor
        try:
            with transaction.atomic():
                if act is Act.CALCULATE:
                    services.request_calculation(actor=actor, run_id=run.pk, revision=run.revision)
                elif act is Act.CHANGE_INPUTS:
                    services.give_rate(actor=actor, run_id=run.pk, currency="EUR", rate=Decimal(8), note="n")
                elif act is Act.ADJUST:
                    max_ = company.participants["max"].pk
                    services.adjust(actor=actor, run_id=run.pk, participant_id=max_, minor=5, reason="R")
                elif act is Act.START_ADJUSTMENT:
                    found = Correction.objects.create(run=run, moved=[], inputs="0" * 64)
                    services.take_correction(actor=actor, correction_id=found.pk)
                else:
                    more = {"paid_on": LAST} if act is Act.PAY else {}
                    company.act(name, run, act, "Reason.", "T-1", "F1", **more)
                transaction.set_rollback(True)
        except Refusal:
            return False
        return True

    def _by_sql(self, run: Run, person: Any, act: Act | None, to: str) -> bool:
        def step() -> None:
            if act is Act.CALCULATE:
                return self._calculated(run, person)
            if act is Act.APPROVE:
                approve(run, person)
            if act in (Act.REOPEN, Act.VOID):
                open_ones = RunProposal.objects.filter(run=run, act=act, ended_at__isnull=True)
                open_ones.update(confirmed_by=person.pk, confirmed_by_name="x", ended_at=timezone.now())
            more = {"payroll_file": "F1", "paid_on": LAST} if act is Act.PAY else {}
            put(run, state=to, acted_by=person.pk, reason="Reason.", ticket="T-1", **more)

        return tried(step)

    def _calculated(self, run: Run, person: Any) -> None:
        """A revision that pays nobody, whole by its own hash."""
        nothing = sha256(b"[]").hexdigest()
        made = Calculation.objects.create(
            run=run, revision=run.revision + 1, snapshot=b"", inputs="0" * 64, engine="1", by=person.pk, by_name="x"
        )
        Calculation.objects.filter(pk=made.pk).update(whole=True, content=nothing)
        told = {"calculated_by": person.pk, "calculated_at": timezone.now(), "acted_by": person.pk}
        put(run, state="calculated", revision=made.revision, content=nothing, stale=False, **told)

    def _rated(self, company, run: Run, person: Any) -> None:
        RunRate.objects.create(run=run, currency="EUR", rate=8, note="n", by=person.pk, by_name="x")

    def _commented(self, company, run: Run, person: Any) -> None:
        RunEvent.objects.create(run=run, revision=1, act="comment", note="n", by=person.pk, by_name="x")

    def _corrected(self, company, run: Run, person: Any) -> None:
        Run.objects.create(
            plan=run.plan, version=run.version, first=run.first, last=run.last, kind="adjustment", corrects=run,
            created_by=person.pk, created_by_name="x",
        )  # fmt: skip

    def _adjusted(self, company, run: Run, person: Any) -> None:
        RunAdjustment.objects.create(
            run=run, participant=company.participants["max"], minor=5, currency="CNY", reason="R", by=person.pk,
            by_name="x",
        )  # fmt: skip

    def _exported(self, company, run: Run, person: Any) -> None:
        RunExport.objects.create(run=run, revision=run.revision, name="f", digest="0" * 64, by=person.pk, by_name="x")


class TestDuties:
    def test_nobody_approves_what_they_calculated_adjusted_uploaded_or_exported(self, company):
        """Roles are changed in between, as a company can: what somebody did stays theirs."""
        people = company.people
        give(people["ben"], "admin")
        give(people["mia"], "hr")
        run = company.begin()
        made = services.adjust(
            actor=people["hana"].actor, run_id=run.pk, participant_id=company.participants["max"].pk, minor=5,
            reason="R",
        )  # fmt: skip
        services.approve_adjustment(actor=people["ada"].actor, adjustment_id=made.pk, now=company.now())
        in_review(company, run, "mia")
        assert {name: relations(run, person) for name, person in people.items()} == {
            "ada": set(), "adi": set(), "hana": {"adjuster"}, "ben": {"uploader"}, "mia": {"calculator"}, "max": set(),
            "cleo": set(),
        }  # fmt: skip
        refused(approve, run, people["ben"], match="had a part")
        refused(approve, run, people["hana"], match="not trusted")
        for name in ("hana", "mia"):
            give(people[name], "hr", "owner")
            refused(approve, run, people[name], match="had a part")
        approve(run, people["adi"])
        assert relations(run, people["adi"]) == {"approver"}
        refused(approve, run, people["adi"], match="had a part")
        company.act("ada", run, Act.APPROVE)
        run.refresh_from_db()
        for name in ("ada", "adi", "mia"):  # who adjusted or uploaded may lock; who approved or calculated may not
            refused(put, run, state="locked", acted_by=people[name].pk, match="had a part")
        for name in ("hana", "ben"):
            assert tried(put, run, state="locked", acted_by=people[name].pk)

    def test_who_took_a_payroll_file_out_does_not_approve_the_next_revision(self, company):
        people = company.people
        run = company.locked()
        told = {"run": run, "revision": 1, "name": "f", "digest": "0" * 64, "by_name": "x"}
        RunExport.objects.create(**told, by=people["hana"].pk)
        company.act("ada", run, Act.REOPEN, "Reason.", "T-1")
        company.act("adi", run, Act.REOPEN)
        give(people["mia"], "hr")
        in_review(company, run, "mia")
        give(people["hana"], "hr", "owner")
        assert relations(run, people["hana"]) == {"exporter"}
        refused(approve, run, people["hana"], match="had a part")

    def test_a_run_that_pays_one_person_is_not_approved_or_locked_by_them(self, company):
        for name in ("max", "cleo", "ivo"):
            company.participants[name].delete()
        mia = company.people["mia"]
        give(mia, "admin")
        run = company.calculate(company.begin())
        company.act("hana", run, Act.SUBMIT)
        run.refresh_from_db()
        assert relations(run, mia) == {"only_payee"}
        refused(approve, run, mia, match="had a part")
        company.act("adi", run, Act.APPROVE)
        refused(put, run, state="locked", acted_by=mia.pk, match="had a part")

    def test_what_takes_two_is_proposed_and_decided_by_who_may_and_stays_as_it_was(self, company):
        people = company.people
        run = company.locked()
        told = {"run": run, "reason": "R", "ticket": "T", "by_name": "x"}
        for name, act, trusted in (
            ("mia", "reopen", False), ("ben", "void", False), ("hana", "reopen", True), ("adi", "void", True),
        ):  # fmt: skip
            proposed = {**told, "act": act, "by": people[name].pk}
            assert tried(RunProposal.objects.create, **proposed) is trusted, (name, act)
            refused(RunProposal.objects.create, **proposed, confirmed_by=people["ada"].pk, match="trusted")
            refused(RunProposal.objects.create, **proposed, ended_at=company.now(), match="trusted")
        company.act("ada", run, Act.REOPEN, "Reason.", "T-1")
        company.act("adi", run, Act.REOPEN)
        word = {"run": run, "component": "mau", "verdict": "void", "reason": "R", "by_name": "x"}
        refused(RunDecision.objects.create, **word, by=people["adi"].pk, match="begins as a proposal")
        mine = {**word, "by": people["hana"].pk}
        refused(RunDecision.objects.create, **mine, approved_by=people["adi"].pk, match="begins as a proposal")
        made = RunDecision.objects.filter(pk=RunDecision.objects.create(**mine).pk)
        refused(made.update, approved_by=people["hana"].pk, match="own_decision")
        refused(made.update, approved_by=people["ben"].pk, match="not trusted")
        for name, value in (("by", people["ada"].pk), ("verdict", "zero"), ("reason", "S"), ("component", "csat")):
            refused(made.update, **{name: value}, match="never changed")
        made.update(approved_by=people["adi"].pk)
        refused(made.update, approved_by=people["ada"].pk, match="never changed")
        refused(made.update, approved_by=None, match="never changed")

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
        refused(mine.update, approved_by=company.people["mia"].pk, match="for themselves")
        refused(mine.update, minor=6, match="never changed")
        refused(mine.delete)
        give(company.people["mia"], "admin")
        refused(mine.update, approved_by=company.people["mia"].pk, match="for themselves")
        with pytest.raises(Refusal) as told:
            services.approve_adjustment(
                actor=company.people["mia"].actor, adjustment_id=made.pk, now=company.now()
            )  # fmt: skip
        assert [str(each) for each in told.value.issues] == [
            "This amount is for you. Somebody else has to approve it."
        ]  # fmt: skip
        by = {"run": run, "reason": "R", "by": company.people["hana"].pk, "by_name": "x", "minor": 5}
        refused(
            RunAdjustment.objects.create,
            **by,
            participant=made.participant,
            currency="EUR",
            match="what they are paid in",
        )
        other = IncentivePlan.objects.create(key="o", name="O", currency="CNY", created_by=by["by"])
        stranger = Participant.objects.create(plan=other, name="S")
        refused(
            RunAdjustment.objects.create, **by, participant=stranger, currency="CNY", match="takes part in the plan"
        )
        refused(put, run, state="in_review", acted_by=company.people["hana"].pk, match="stands in the way")

    def test_a_check_is_let_be_by_an_approver_who_did_not_calculate_and_stays(self, company):
        people = company.people
        run = company.calculate(company.begin())
        told = {"run": run, "check_name": "late_target", "reason": "R", "by_name": "x"}
        give(people["hana"], "hr", "owner")
        for name in ("hana", "ben", "mia"):
            refused(RunAcceptance.objects.create, **told, by=people[name].pk, match="approver who did not calculate")
        made = RunAcceptance.objects.filter(pk=RunAcceptance.objects.create(**told, by=people["adi"].pk).pk)
        refused(made.update, reason="S", match="never rewritten")
        refused(made.delete, match="never forgotten")
        other = {**told, "subject": "s", "by": people["adi"].pk}
        company.act("hana", run, Act.SUBMIT)
        assert tried(RunAcceptance.objects.create, **other)
        company.act("adi", run, Act.APPROVE)
        refused(RunAcceptance.objects.create, **other, match="approver who did not calculate")

    def test_a_correction_is_taken_or_left_once_and_stays_what_was_found(self, company):
        people = company.people
        run = company.locked()
        made = Correction.objects.create(run=run, moved=[], inputs="0" * 64)
        found = Correction.objects.filter(pk=made.pk)
        for change in (
            {"state": "left", "reason": "R"},
            {"state": "left", "reason": "R", "ended_by": people["hana"].pk},
        ):
            refused(found.update, **change, match="An approver leaves")
        refused(found.update, state="taken", match="taken by a run")
        refused(found.update, state="taken", adjustment=run, match="taken by a run")
        for change in ({"deltas": {"CNY": 5}}, {"people": 3}, {"moved": [{}]}):
            refused(found.update, **change, match="stays what was found")
        found.update(state="left", reason="R", ended_by=people["adi"].pk)
        refused(found.update, state="open", match="once")
        refused(found.delete, match="never rewritten")


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
