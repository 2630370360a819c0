"""A run from its first figures to the payment: what it comes to, and what is posted."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum

from apps.incentives import selectors, services
from apps.incentives.domain.deltas import Negative, NegativeRule
from apps.incentives.domain.states import Act
from apps.incentives.models import Assignment, BalanceWaiver, Correction, LedgerEntry, Look, Run, Settlement
from apps.kernel.issue import Refusal
from apps.notifications.models import Notice
from tests.integration.incentives.conftest import SEED

pytestmark = pytest.mark.django_db


def amounts(run) -> dict[str, int]:
    rows = run.results.filter(revision=run.revision).select_related("participant")
    return {row.participant.name: row.due for row in rows}


class TestTheWholeWay:
    def test_the_seed_plan_from_values_to_the_ledger(self, company):
        run = company.calculate(company.begin())
        assert (run.state, run.revision) == ("calculated", 1)
        assert not run.blocked.exists(), [row.issues for row in run.blocked.all()]
        # 30,000 x 0.908333 = 27,250.00, as 12,000 / 10,000 / 8,000; S02: 1.5 / 1 / 1
        assert amounts(run) == {"Mia": 1_090_000, "Max": 908_333, "Cleo": 726_667, "Ivo": 375_000}
        company.act("hana", run, Act.SUBMIT)
        company.act("adi", run, Act.APPROVE)
        company.act("ada", run, Act.LOCK)
        assert LedgerEntry.objects.count() == 4
        assert selectors.proof().holds
        assert sum(Settlement.objects.values_list("pay", flat=True)) == 3_100_000
        assert company.paid(run).state == "paid"

    def test_who_is_not_trusted_or_had_a_part_is_refused_and_told_why(self, company):
        run = company.calculate(company.begin())
        for who in ("ben", "mia", "max", "cleo"):
            refused(company, who, run, Act.SUBMIT, "not trusted")
        refused(company, "adi", run, Act.APPROVE, "does not stand", status=409)
        company.act("hana", run, Act.SUBMIT)
        refused(company, "hana", run, Act.APPROVE, "not trusted")
        company.act("adi", run, Act.APPROVE)
        refused(company, "adi", run, Act.LOCK, "You approved this run")
        refused(company, "hana", run, Act.LOCK, "You calculated this run")
        refused(company, "ada", run, Act.REJECT, "Give a reason")
        company.act("ada", run, Act.REJECT, "The budget is not clear.")
        assert run.refresh_from_db() is None
        assert run.state == "draft"

    def test_what_is_rejected_is_calculated_and_approved_anew(self, company):
        run = company.approved()
        company.act("ada", run, Act.REJECT, "Once more.")
        company.calculate(run)
        assert (run.state, run.revision) == ("calculated", 2)
        company.act("hana", run, Act.SUBMIT)
        assert run.approvals.filter(revision=1).count() == 1
        assert not selectors.facts_of(fresh(run)).approvers
        company.act("adi", run, Act.APPROVE)
        assert fresh(run).state == "approved"


class TestOpenedAgain:
    def test_by_two_takes_back_what_was_posted_and_posts_the_next_revision(self, company):
        run = company.locked()
        company.act("hana", run, Act.REOPEN, "A leaver was forgotten.", "HR-7")
        assert fresh(run).state == "locked"
        refused(company, "hana", run, Act.REOPEN, "You proposed this", "Again.", "HR-7")
        company.act("adi", run, Act.REOPEN)
        assert fresh(run).state == "reopened"
        assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 0
        assert run.results.filter(revision=1).count() == 4
        company.calculate(run)
        assert (run.state, run.revision) == ("calculated", 2)
        assert run.results.filter(revision=1).count() == 4, "what was published is kept as superseded"
        company.act("hana", run, Act.SUBMIT)
        company.act("adi", run, Act.APPROVE)
        company.act("ada", run, Act.LOCK)
        assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 3_100_000
        assert selectors.proof().holds
        assert LedgerEntry.objects.count() == 12

    def test_made_void_makes_room_for_another(self, company):
        run = company.locked()
        with pytest.raises(Refusal, match="already"):
            company.begin()
        company.act("hana", run, Act.VOID, "The wrong quarter.")
        company.act("ada", run, Act.VOID)
        assert fresh(run).state == "void"
        assert LedgerEntry.objects.aggregate(sum=Sum("minor"))["sum"] == 0
        assert company.begin().state == "draft"


class TestCorrections:
    def test_new_data_proposes_what_is_still_to_be_posted_and_another_correction_nets_the_first(self, company):
        run = company.paid()
        company.type("mau", S01=9_400)
        found = Correction.objects.get()
        assert (found.state, found.deltas, found.people) == ("open", {"CNY": 75_000}, 3)
        more = corrected(company, found)
        assert amounts(more) == {"Mia": 30_000, "Max": 25_000, "Cleo": 20_000}
        assert posted(run) == 3_175_000
        company.type("mau", S01=9_300)
        second = Correction.objects.exclude(pk=found.pk).get()
        assert second.deltas == {"CNY": -37_500}, "against what was posted, not against the first amount"
        less = corrected(company, second)
        assert posted(run) == 3_137_500
        settled = {each.participant.name: (each.pay, each.balance) for each in less.settlements.all()}
        assert settled == {"Mia": (0, -15_000), "Max": (0, -12_500), "Cleo": (0, -10_000)}, "carried, not paid back"
        assert selectors.proof().holds

    def test_is_left_with_a_reason_and_not_proposed_again(self, company):
        company.locked()
        company.type("mau", S01=9_400)
        found = Correction.objects.get()
        with pytest.raises(Refusal):
            services.leave_correction(
                actor=company.people["adi"].actor, correction_id=found.pk, reason=" ", now=company.now()
            )
        services.leave_correction(
            actor=company.people["adi"].actor, correction_id=found.pk, reason="Small.", now=company.now()
        )
        services.ask_to_look_again()
        company.work()
        assert Correction.objects.get().state == "left"

    def test_back_to_what_it_was_leaves_nothing_to_correct(self, company):
        company.locked()
        company.type("mau", S01=9_400)
        company.type("mau", S01=9_200)
        assert [each.state for each in Correction.objects.all()] == ["gone"]

    def test_what_a_correction_is_net_of_is_not_opened_again(self, company):
        run = company.locked()
        company.type("mau", S01=9_400)
        more = corrected(company, Correction.objects.get())
        for act in (Act.REOPEN, Act.VOID):
            refused(company, "hana", run, act, "A correction of this run was begun", "Wrong.", "T-1", status=422)
        for who in ("hana", "ada"):
            company.act(who, more, Act.VOID, "Wrong.")
        for who in ("hana", "ada"):
            company.act(who, run, Act.REOPEN, "Wrong.", "T-1")
        assert posted(run) == 0


class TestALead:
    """A manager reviews the people of their teams, where the plan lets leads see, and nobody else."""

    @pytest.fixture
    def reviewed(self, company) -> Run:
        company.people["mia"].roles = ["manager"]
        company.people["mia"].save()
        run = company.calculate(company.begin())
        return company.act("hana", run, Act.SUBMIT)

    @pytest.mark.parametrize("company", [{"lead_sees_team": True}], indirect=True)
    def test_sees_comments_on_and_returns_their_own_team_s(self, company, reviewed, client_of):
        mia = client_of(company.people["mia"])
        notice = Notice.objects.get(recipient=company.people["mia"], kind="pay.review")
        assert "¥" not in str(notice.params)
        address = f"/pay/runs/{reviewed.pk}/team/"
        assert address in mia.get("/pay/mine/").content.decode()
        page = mia.get(address).content.decode()
        assert all(words in page for words in ("Max", "¥9,083.33", "Cleo", "Active customers"))
        assert "Ivo" not in page
        assert "¥31,000.00" not in page, "nor what the whole run comes to"
        assert Look.objects.filter(run=reviewed, by=company.people["mia"].pk).count() == 2, "of Max and Cleo"
        sent = {"act": "comment", "reason": "Cleo was away in July.", "revision": 1}
        assert "Cleo was away in July." in mia.post(address, sent, follow=True).content.decode()
        assert mia.post(address, sent | {"act": "return", "reason": ""}).status_code == 422
        assert mia.post(address, sent | {"act": "approve"}).status_code == 302, "taken as a comment, never as more"
        reviewed.refresh_from_db()
        assert reviewed.state == "in_review"
        mia.post(address, sent | {"act": "return"})
        reviewed.refresh_from_db()
        assert reviewed.state == "draft"
        assert mia.get(address).status_code == 404, "not while HR puts it together"
        assert mia.get(f"/pay/runs/{reviewed.pk}/").status_code == 403

    def test_sees_nothing_where_the_plan_does_not_say_so_or_of_other_teams(self, company, reviewed, client_of):
        address = f"/pay/runs/{reviewed.pk}/team/"
        assert client_of(company.people["mia"]).get(address).status_code == 404
        assert not Notice.objects.filter(kind="pay.review").exists()
        assert client_of(company.people["hana"]).get(address).url == f"/pay/runs/{reviewed.pk}/"


WAIVED = replace(SEED, negative=Negative(NegativeRule.WAIVE))


class TestWhatIsOwedBack:
    """3.10: carried by default; waived where the plan says so, by two people, and then never taken from later pay."""

    @pytest.fixture
    def owing(self, company) -> Run:
        """S01 is corrected down, 9,200 to 8,800: 5 % of 12,000, 10,000 and 8,000 are owed back."""
        company.locked()
        company.type("mau", S01=8_800)
        less = corrected(company, Correction.objects.get())
        company.work()
        return less

    @pytest.mark.parametrize("company", [{"terms": WAIVED}], indirect=True)
    def test_is_waived_by_two_people_and_by_sql_neither_otherwise(self, company, owing, client_of):
        hana, adi, max_ = (client_of(company.people[name]) for name in ("hana", "adi", "max"))
        person = company.participants["max"]
        page = hana.get("/pay/balances/").content.decode()
        assert all(words in page for words in ("Max", "¥500.00", "Propose to waive it"))
        asked = {"participant": person.pk, "currency": "CNY", "reason": " "}
        assert "the person reads it" in hana.post("/pay/balances/", asked).content.decode()
        hana.post("/pay/balances/", asked | {"reason": "Our mistake."})
        made = BalanceWaiver.objects.get()
        assert made.minor == -selectors.balances()[person.pk, "CNY"]
        assert hana.post("/pay/balances/", asked | {"reason": "Again."}).status_code == 409
        assert hana.post(f"/pay/balances/{made.pk}/approve/").status_code == 403
        rows = BalanceWaiver.objects.filter(pk=made.pk)
        for change in (
            {"approved_by": made.by}, {"approved_by": company.people["max"].pk}, {"minor": 1}, {"reason": "Mine."},
        ):  # fmt: skip
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
        with pytest.raises(IntegrityError, match="what is owed"), transaction.atomic():
            self.waive_more(company, BalanceWaiver.objects.get())
        adi.post(f"/pay/balances/{made.pk}/approve/")
        assert {who for who, _currency in selectors.balances()} == {
            company.participants[name].pk for name in ("mia", "cleo")
        }
        assert adi.post(f"/pay/balances/{made.pk}/approve/").status_code == 409
        statement = owing.statements.get(participant=person)
        assert "Our mistake." in max_.get(f"/pay/statements/{statement.pk}/").content.decode()
        assert Look.objects.filter(participant=person, where="balance").exists()
        company.type("mau", S01=9_200)
        back = corrected(company, Correction.objects.get(state="open"))
        paid = {each.participant.name: (each.earned, each.before, each.pay) for each in back.settlements.all()}
        assert paid["Max"] == (made.minor, 0, made.minor), "what was waived is not taken from what is earned"
        assert paid["Mia"][1] == -paid["Mia"][0], "what was not waived is"
        assert paid["Mia"][2] == 0

    def waive_more(self, company, made: BalanceWaiver) -> None:
        """By SQL: one cent more than is owed."""
        rows = BalanceWaiver.objects
        rows.filter(pk=made.pk).update(withdrawn_at=company.now())
        made.pk, made.minor = uuid4(), made.minor + 1
        made.save(force_insert=True)
        rows.filter(pk=made.pk).update(approved_by=company.people["adi"].pk)

    def test_is_carried_where_the_plan_does_not_say_so(self, company, owing, client_of):
        page = client_of(company.people["hana"]).get("/pay/balances/").content.decode()
        assert "does not say that it may be waived" in page
        assert "Propose to waive it" not in page
        with pytest.raises(Refusal) as refused_:
            services.propose_waiver(
                actor=company.people["hana"].actor,
                participant_id=company.participants["max"].pk,
                currency="CNY",
                reason="Our mistake.",
            )
        assert "carries what is owed back" in str(refused_.value.issues)


class TestStale:
    def test_new_data_while_in_review_stops_the_approval_says_why_and_is_paid_once(self, company, client_of):
        run = company.calculate(company.begin())
        company.act("hana", run, Act.SUBMIT)
        company.type("mau", S01=9_400)
        assert fresh(run).stale
        refused(company, "adi", run, Act.APPROVE, "Something changed since")
        page = client_of(company.people["adi"]).get(f"/pay/runs/{run.pk}/").content.decode()
        assert "A figure that the run reads is another one by now." in page
        assert "Nobody can approve or lock it now: return it, then calculate it again." in page
        assert "/act/approve/" not in page
        company.act("adi", run, Act.RETURN, "New data came.")
        company.calculate(run)
        assert not run.stale
        assert amounts(run)["Mia"] == 1_120_000
        for who, act in (("hana", Act.SUBMIT), ("adi", Act.APPROVE), ("ada", Act.LOCK)):
            company.act(who, run, act)
        company.work()
        assert (posted(run), run.results.count(), LedgerEntry.objects.count()) == (3_175_000, 4, 4)
        assert not Correction.objects.exists(), "what it paid is what the new figures come to"

    def test_a_change_of_who_takes_part_marks_it_in_the_same_transaction(self, company):
        run = company.approved()
        mia = Assignment.objects.get(participant=company.participants["mia"])
        mia.amount = 13_000
        mia.save()
        assert fresh(run).stale
        refused(company, "ada", run, Act.LOCK, "Something changed since")


def corrected(company, found: Correction) -> Run:
    """A correction taken, calculated, approved by a second person, locked by a third."""
    run = services.take_correction(actor=company.people["hana"].actor, correction_id=found.pk)
    company.calculate(run)
    company.act("hana", run, Act.SUBMIT)
    company.act("adi", run, Act.APPROVE)
    return company.act("ada", run, Act.LOCK)


def posted(run: Run) -> int:
    return LedgerEntry.objects.filter(period=run.period_key).aggregate(sum=Sum("minor"))["sum"]


def fresh(run: Run) -> Run:
    return Run.objects.select_related("plan", "version").get(pk=run.pk)


def refused(company, who, run, act, words, reason="", ticket="", *, status=None):
    with pytest.raises(Refusal) as caught:
        company.act(who, run, act, reason, ticket)
    told = " ".join(str(issue) for issue in caught.value.issues)
    assert words in told
    assert status is None or caught.value.status == status
