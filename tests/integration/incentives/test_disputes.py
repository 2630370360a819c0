"""Disputes of a statement: asked in time, answered, decided, and what the database makes of who does it."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product

import pytest

from apps.accounts import selectors as accounts
from apps.audit.models import Entry
from apps.incentives import services
from apps.incentives.domain.disputes import (
    DISPUTE_RULES,
    DisputeAct,
    DisputeState,
    Side,
    dispute_issues,
    sides_of,
)
from apps.incentives.models import (
    Correction,
    Dispute,
    DisputeNote,
)
from apps.incentives.selectors import checks_of
from apps.incentives.selectors import statements as selectors
from apps.kernel.issue import NotHere, Refusal
from apps.notifications.models import Notice
from tests.integration.incentives.walls import tried

pytestmark = pytest.mark.django_db


class TestDisputes:
    def raised(self, company, **more) -> Dispute:
        told = {"component": "mau", "text": "The count of August is wrong.", "today": accounts.today(), **more}
        return services.raise_dispute(
            actor=company.people["max"].actor, statement_id=company.statement("max").pk, now=company.now(), **told
        )

    def act(self, company, who, made, act, text="-", **more):
        return services.act_on_dispute(
            actor=company.people[who].actor, dispute_id=made.pk, act=act, text=text, now=company.now(), **more
        )

    def test_from_the_question_to_the_end_and_the_run_stays_locked(self, company, locked):
        made = self.raised(company)
        self.act(company, "hana", made, DisputeAct.ANSWER, "Which day?")
        self.act(company, "max", made, DisputeAct.SAY, "The 3rd.")
        with pytest.raises(Refusal):
            self.act(company, "max", made, DisputeAct.ACCEPT, remedy="data")
        with pytest.raises(Refusal) as caught:
            self.act(company, "hana", made, DisputeAct.ACCEPT)
        assert [each.where for each in caught.value.issues] == ["remedy"]
        self.act(company, "hana", made, DisputeAct.ACCEPT, remedy="data")
        self.act(company, "max", made, DisputeAct.CLOSE, "")
        made.refresh_from_db()
        locked.refresh_from_db()
        assert (made.state, made.decided_by_name, locked.state) == ("closed", "Hana", "locked")
        assert [note.act for note in selectors.notes_of(made)] == ["raise", "answer", "say", "accept", "close"]

    def test_only_in_time_and_once_at_a_time(self, company, locked):
        late = company.statement("max").dispute_until + timedelta(days=1)
        with pytest.raises(Refusal) as caught:
            self.raised(company, today=late, text=" ")
        assert [each.where for each in caught.value.issues] == ["", "text"]
        self.raised(company)
        with pytest.raises(Refusal):
            self.raised(company)

    def test_nobody_but_the_person_and_hr_reads_it_and_no_notice_says_what_it_is(self, company, locked):
        made = self.raised(company)
        for who, sees in (("max", True), ("hana", True), ("cleo", False), ("ben", False), ("mia", False)):
            try:
                selectors.dispute_for(company.people[who].actor, made.pk)
                assert sees, who
            except NotHere:
                assert not sees, who
        assert not any("August" in json.dumps([each.params, each.message]) for each in Notice.objects.all())
        assert not any("August" in json.dumps([each.after, each.note]) for each in Entry.objects.all())

    def test_it_stands_in_the_way_of_the_plans_next_run_until_it_is_decided(self, company, locked):
        made = self.raised(company)
        company.paid(locked)
        company.type("mau", S01=9_400)
        more = services.take_correction(actor=company.people["hana"].actor, correction_id=Correction.objects.get().pk)
        company.calculate(more)
        assert "dispute" in [each.name for each in checks_of(more)]
        self.act(company, "hana", made, DisputeAct.REFUSE, "It was counted right.")
        assert "dispute" not in [each.name for each in checks_of(more)]

    def test_the_database_lets_happen_what_the_domain_does_and_nothing_else(self, company, locked):
        """Every act from every state, by the person, by who looks after pay, and by an owner, who does neither."""
        self.raised_by_sql(company)
        made = self.raised(company)
        assert not tried(Dispute.objects.filter(pk=made.pk).delete)
        sides = {"max": sides_of(own=True, looks_after_pay=False), "hana": frozenset({Side.PAY}), "ada": frozenset()}
        for state, step in (
            ("open", None), ("answered", DisputeAct.ANSWER), ("refused", DisputeAct.REFUSE),
            ("closed", DisputeAct.CLOSE),
        ):  # fmt: skip
            if step:
                self.act(company, "hana", made, step)
            for (who, held), act in product(sides.items(), DISPUTE_RULES):
                may = not dispute_issues(act, DisputeState(state), held, "-")
                assert tried(self.stepped, company, made, who, act) is may, (state, who, act)

    def raised_by_sql(self, company) -> None:
        row = company.statement("max")
        late = row.dispute_until + timedelta(days=2)
        told = {"statement": row, "raised_by": company.people["max"].pk, "raised_by_name": "x"} | {
            "raised_at": company.now()
        }
        for change in (
            {"raised_by": company.people["hana"].pk}, {"raised_at": company.now().replace(year=late.year + 1)},
            {"state": "accepted", "decided_by": company.people["hana"].pk}, {"remedy": "data"},
        ):  # fmt: skip
            assert not tried(Dispute.objects.create, **told | change), change
        assert tried(Dispute.objects.create, **told)

    def stepped(self, company, made: Dispute, who: str, act: DisputeAct) -> None:
        person = company.people[who].pk
        told: dict = {"state": DISPUTE_RULES[act].to}
        if act in (DisputeAct.ACCEPT, DisputeAct.REFUSE):
            told |= {"decided_by": person, "decided_at": company.now(), "remedy": "data" if act == "accept" else ""}
        Dispute.objects.filter(pk=made.pk).update(**told)
        DisputeNote.objects.create(dispute=made, act=act, text="-", by=person, by_name="x", at=company.now())
