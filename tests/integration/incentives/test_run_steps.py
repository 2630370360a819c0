"""Every step of a run by every person: the page, the service and the database, as the application's role, say the same.

The table of steps is written here by hand and held against all three, line by line.
"""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.incentives import selectors, services
from apps.incentives.domain.states import Act, State
from apps.incentives.models import (
    Calculation,
    Correction,
    IncentivePlan,
    PlanVersion,
    Run,
    RunAdjustment,
    RunEvent,
    RunExport,
    RunProposal,
    RunRate,
)
from apps.kernel.issue import Refusal
from tests.integration.incentives.conftest import FIRST, LAST
from tests.integration.incentives.walls import approve, give, put, refused, relations, tried

pytestmark = pytest.mark.django_db

PEOPLE = ("ada", "adi", "hana", "ben", "mia", "max", "cleo")  # owner, admin, HR, analyst, manager, member, viewer
TRUSTED = ("ada", "hana")
"""Who tries what nobody may do: nobody else may more."""


class Steps:
    """How each act is tried past the services: a step of the run, or a row that is written."""

    WRITES = {
        Act.CHANGE_INPUTS: "_rated", Act.ADJUST: "_adjusted", Act.COMMENT: "_commented", Act.EXPORT: "_exported",
        Act.START_ADJUSTMENT: "_corrected",
    }  # fmt: skip
    TO = {
        Act.CALCULATE: "calculated",
        Act.SUBMIT: "in_review", Act.RETURN: "draft", Act.APPROVE: "approved", Act.REJECT: "draft", Act.LOCK: "locked",
        Act.PAY: "paid", Act.REOPEN: "reopened", Act.VOID: "void",
    }  # fmt: skip

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

    def _exported(self, company, run: Run, person: Any, name: str = "f") -> None:
        RunExport.objects.create(run=run, revision=run.revision, name=name, digest="0" * 64, by=person.pk, by_name="x")


class TestEveryStepByEverybody(Steps):
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
                    if (state, act) not in self.TABLE and name not in TRUSTED:
                        continue
                    may = name in self.TABLE.get((state, act), set())
                    assert (act in offered) is may, (state, act, name, "page")
                    assert self._by_service(company, name, run, act) is may, (state, act, name, "service")
                    alike = {each for each, end in self.TO.items() if end == to}  # return and reject are one step
                    may = any(name in self.TABLE.get((state, each), set()) for each in alike)
                    assert self._by_sql(run, person, act, to) is may, (state, act, name, "database")
                    seen.add((state, act))
                for act, write in self.WRITES.items():
                    if (state, act) not in self.TABLE and name not in TRUSTED:
                        continue
                    may = name in self.TABLE.get((state, act), set())
                    assert (act in offered) is may, (state, act, name, "page")
                    if act is not Act.EXPORT:  # which waits for statements, too: test_statements.py
                        assert self._by_service(company, name, run, act) is may, (state, act, name, "service")
                    assert tried(getattr(self, write), company, run, person) is may, (state, act, name, "database")
                    seen.add((state, act))
                for to in {str(each) for each in State if name in TRUSTED} - set(self.TO.values()):
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


class TestEveryStepAfterWhatSomebodyDid(Steps):
    """Everybody has every role, so that nothing but what they had to do with the run keeps them from a step."""

    DID = {
        "hana": "calculator", "mia": "adjuster", "ben": "uploader", "max": "exporter", "adi": "approver",
        "ada": "proposer", "cleo": "nothing",
    }  # fmt: skip
    TABLE = {
        "draft": "change_inputs calculate adjust void",
        "calculated": "change_inputs calculate adjust submit void",
        "in_review": "comment return approve void",
        "approved": "reject lock void",
        "locked": "export pay reopen void start_adjustment",
        "paid": "start_adjustment",
        "reopened": "change_inputs calculate adjust void",
        "void": "",
    }
    NEVER = {
        "approve": {"calculator", "adjuster", "uploader", "exporter"},  # who approved it, in the state that follows
        "lock": {"calculator", "approver"},
        "export": {"approver"},
        "reopen": {"proposer"},
        "void": {"proposer"},
    }

    def test_nothing_that_somebody_is_called_outweighs_what_they_did(self, company):
        for person in company.people.values():
            give(person, "owner", "admin", "hr", "manager")
        other = company.begin(day=date(2026, 4, 1))
        self.all_of("draft", company, other)
        company.act("cleo", other, Act.VOID, "Reason.")
        self.all_of("void", company, other)

        run = company.begin()
        hand = {"run_id": run.pk, "participant_id": company.participants["max"].pk, "minor": 5, "reason": "R"}
        made = services.adjust(actor=company.people["mia"].actor, **hand)
        services.approve_adjustment(actor=company.people["cleo"].actor, adjustment_id=made.pk, now=company.now())
        company.calculate(run)
        for who, act in (("hana", Act.SUBMIT), ("adi", Act.APPROVE), ("cleo", Act.LOCK)):
            company.act(who, run, act)
        self._exported(company, self.at("locked", run), company.people["max"], "F0")
        company.act("ada", run, Act.REOPEN, "Reason.", "T-1")
        company.act("cleo", run, Act.REOPEN)
        self.all_of("reopened", company, run)

        company.calculate(run)
        self.all_of("calculated", company, run, hana="calculator", mia="adjuster", ben="uploader", max="exporter")
        company.act("hana", run, Act.SUBMIT)
        self.all_of("in_review", company, run, hana="calculator", mia="adjuster", ben="uploader", max="exporter")
        company.act("adi", run, Act.APPROVE)
        self.all_of(
            "approved", company, run, **{name: did for name, did in self.DID.items() if name not in ("ada", "cleo")}
        )
        company.act("cleo", run, Act.LOCK)
        company.act("ada", run, Act.REOPEN, "Reason.", "T-1")
        self._exported(company, self.at("locked", run), company.people["max"], "F1")
        self.all_of("locked", company, run, adi="approver")
        company.act("adi", run, Act.PAY, file="F1", paid_on=LAST)
        self.all_of("paid", company, run)

    def at(self, state: str, run: Run) -> Run:
        run = Run.objects.select_related("plan", "version").get(pk=run.pk)
        assert run.state == state
        return run

    def all_of(self, state: str, company, run: Run, **did: str) -> None:
        """Every act by everybody, on the page and by SQL. `did`: who has to have done what by now."""
        run = self.at(state, run)
        if "void" in self.TABLE[state] and not RunProposal.objects.filter(run=run, act="void", ended_at=None).exists():
            company.act("ada", run, Act.VOID, "Reason.")
        for name, person in company.people.items():
            assert {did[name]} <= relations(run, person) if name in did else True
            offered = selectors.acts_for(person.actor, run)
            may = {act for act in self.TABLE[state].split() if self.DID[name] not in self.NEVER.get(act, ())}
            assert set(offered) == may, (state, name, "page")
            for act, write in self.WRITES.items():
                assert tried(getattr(self, write), company, run, person) is (act in may), (state, act, name)
            for act, to in self.TO.items():
                if act != Act.REOPEN or state != to:  # else nothing is changed by it
                    step = {each for each, end in self.TO.items() if end == to} & may  # return and reject are one
                    assert self._by_sql(run, person, act, to) is bool(step), (state, act, name)
