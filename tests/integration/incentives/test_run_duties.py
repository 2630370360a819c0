"""What somebody had to do with a run already keeps them from the next step: the database refuses it, whoever asks."""

import pytest

from apps.incentives import services
from apps.incentives.domain.states import Act
from apps.incentives.models import (
    Correction,
    IncentivePlan,
    Participant,
    Run,
    RunAcceptance,
    RunAdjustment,
    RunDecision,
    RunProposal,
)
from apps.kernel.issue import Refusal
from tests.integration.incentives.walls import approve, give, put, refused, relations, tried

pytestmark = pytest.mark.django_db


class TestDuties:
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
