"""Who takes part: by hand, by a rule of a team, by a sheet; who may see what of it."""

import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import selectors as accounts_of
from apps.accounts import services as accounts
from apps.audit.models import Entry as AuditEntry
from apps.incentives.domain.plan import Kind
from apps.incentives.domain.pool import Funding, Terms
from apps.incentives.domain.roster import Entry, Stay
from apps.incentives.models import Assignment, Look, Participant, PeopleSheet, TeamPool
from apps.incentives.selectors import roster as reading
from apps.incentives.services import people_sheets as sheets
from apps.incentives.services import plans
from apps.incentives.services import roster as services
from apps.kernel.issue import Forbidden, Refusal

pytestmark = pytest.mark.django_db
D = Decimal
DAY = date(2026, 1, 1)
MARKER = "31415.92"


def entry(team, name="Mia", **more) -> Entry:
    return Entry(name, stays=(Stay(str(team.pk), DAY, None, D(MARKER)),), **more)


def add(hana, plan, team, **more) -> Participant:
    person_id = more.pop("person_id", None)
    return services.add_participant(actor=hana.actor, plan_id=plan.pk, entry=entry(team, **more), person_id=person_id)


@pytest.fixture
def plan(draft):
    return draft.plan


class TestByHand:
    def test_somebody_is_added_changed_and_leaves_on_pages(self, plan, store, hana, mia, client_of, fields):
        client = client_of(hana)
        page = f"/pay/plans/{plan.key}/people/add/"
        told = fields(client.get(page).content.decode()) | {
            "name": "Mia", "person": str(mia.pk), "employee_number": "E1", "stays-0-team": str(store.pk),
            "stays-0-first": "2026-01-01", "stays-0-amount": "12,000", "act": "save",
        }  # fmt: skip
        wrong = client.post(page, told | {"stays-0-amount": "much", "name": ""})
        assert wrong.status_code == 422
        assert fields(wrong.content.decode())["stays-0-amount"] == "much"
        assert client.post(page, told).status_code == 302
        row = Participant.objects.get()
        assert (row.person_id, row.key[:1], row.assignments.get().amount) == (mia.pk, "p", 12_000)
        assert client.post(page, told).status_code == 422  # the same number, the same account
        page = f"/pay/plans/{plan.key}/people/{row.pk}/"
        told = fields(client.get(page).content.decode()) | {
            "stays-0-last": "2026-06-30", "stays-1-team": str(store.pk), "stays-1-first": "2026-08-01",
            "stays-1-amount": "13000", "leaves-0-first": "2026-02-02", "leaves-0-last": "2026-02-06",
            "left_on": "2026-10-31", "leaving_reason": "Moves away", "act": "save",
        }  # fmt: skip
        assert client.post(page, told).status_code == 302
        row.refresh_from_db()
        assert [(each.first, each.last) for each in row.assignments.all()] == [
            (date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 8, 1), date(2026, 10, 31)),
        ]  # fmt: skip
        assert row.leaves.get().share == 1
        assert client.post(page, told).status_code == 409  # seen as it was before
        text = client.get(f"/pay/plans/{plan.key}/people/").content.decode()
        assert "Moves away" in text
        assert "No assignment holds from 2026-07-01 to 2026-07-31" in text

    def test_who_was_calculated_stays(self, company, hana):
        run = company.calculate(company.begin())
        assert run.state == "calculated"
        row = company.participants["mia"]
        with pytest.raises(Refusal, match="stand in a calculation"):
            services.remove_participant(actor=hana.actor, participant_id=row.pk, revision=row.revision)

    def test_a_change_marks_a_calculated_run_stale(self, company, hana):
        run = company.calculate(company.begin())
        row = company.participants["mia"]
        services.change_participant(
            actor=hana.actor, participant_id=row.pk, revision=1, person_id=row.person_id,
            entry=entry(company.teams["S01"]),
        )  # fmt: skip
        run.refresh_from_db()
        assert run.stale

    def test_only_hr_changes_who_takes_part(self, plan, store, ada, ben):
        for person in (ada, ben):
            with pytest.raises(Forbidden):
                add(person, plan, store)


class TestByRule:
    @pytest.fixture
    def rule(self, plan, store, hana):
        return services.make_rule(
            actor=hana.actor, plan_id=plan.pk, team_id=store.pk, below=True, amount=D(9000), coefficient=D(1), since=DAY
        )

    def apply(self, rule, hana):
        today = accounts_of.today()
        steps = reading.steps_of(rule, today)
        services.apply_rule(actor=hana.actor, rule_id=rule.pk, stamp=services.stamp_of(steps), on=today)
        return [(step.kind, step.name, step.day) for step in steps]

    def test_all_of_a_team_take_part_from_their_first_day(self, rule, store, plan, hana, ada, ben, max):
        accounts.add_membership(actor=ada.actor, team_id=store.pk, user_id=ben.pk, start=date(2026, 8, 15))
        assert self.apply(rule, hana) == [
            ("join", "Ben", date(2026, 8, 15)), ("join", "Max", DAY), ("join", "Mia", DAY),
        ]  # fmt: skip
        assert reading.steps_of(rule, accounts_of.today()) == []
        other = accounts.add_team(actor=ada.actor, name="S02")
        for each in accounts_of.stays_in(store.pk, accounts_of.today()):
            if each.user_id == max.pk:
                accounts.end_membership(actor=ada.actor, membership_id=each.id, last_day=date(2026, 9, 30))
        accounts.add_membership(actor=ada.actor, team_id=other.pk, user_id=max.pk, start=date(2026, 10, 1))
        assert self.apply(rule, hana) == [("leave", "Max", date(2026, 9, 30))]
        second = services.make_rule(
            actor=hana.actor, plan_id=plan.pk, team_id=other.pk, below=False, amount=D(1), coefficient=D(1), since=DAY
        )
        assert self.apply(second, hana) == [("join", "Max", date(2026, 10, 1))]
        assert Assignment.objects.filter(participant__name="Max").count() == 2

    def test_nothing_is_done_but_what_was_shown(self, rule, store, hana, ada, ben):
        stamp = services.stamp_of(reading.steps_of(rule, accounts_of.today()))
        accounts.add_membership(actor=ada.actor, team_id=store.pk, user_id=ben.pk, start=DAY)
        with pytest.raises(Refusal, match="Teams changed meanwhile"):
            services.apply_rule(actor=hana.actor, rule_id=rule.pk, stamp=stamp, on=accounts_of.today())
        assert not Participant.objects.exists()

    def test_by_pages(self, plan, store, hana, client_of, fields):
        client = client_of(hana)
        page = f"/pay/plans/{plan.key}/people/rules/new/"
        told = fields(client.get(page).content.decode()) | {"team": str(store.pk), "amount": "8000"}
        assert client.post(page, told | {"amount": ""}).status_code == 422
        answer = client.post(page, told)
        preview = client.get(answer.headers["location"]).content.decode()
        assert "joins the plan" in preview
        assert client.post(answer.headers["location"], {"stamp": fields(preview)["stamp"]}).status_code == 302
        assert Participant.objects.count() == 2
        assert client.post(page, told).status_code == 422  # a rule for this team is there


class TestBySheet:
    def file(self, *rows: tuple) -> bytes:
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        page = book.add_worksheet()
        header = ("employee_number", "name", "email", "team", "first", "last", "amount", "coefficient")
        for number, row in enumerate((header, *rows)):
            for at, cell in enumerate(row):
                page.write(number, at, cell)
        book.close()
        return out.getvalue()

    def read(self, hana, plan, run_work, *rows: tuple) -> PeopleSheet:
        made = sheets.hand_in_people(
            actor=hana.actor, plan_id=plan.pk, filename="people.xlsx", content=self.file(*rows)
        )
        run_work()
        made.refresh_from_db()
        return made

    def test_it_is_read_by_a_worker_checked_and_applied_once(self, plan, store, hana, run_work, client_of, fields):
        rows = (
            ("E1", "Mia", "mia@acme.test", "S01", "2026-01-01", "2026-06-30", 12000, 1),
            ("E1", "Mia", "mia@acme.test", "S01", "2026-07-01", "", 13000, 1.2),
            ("E2", "Zoe", "", "S01", "2026-01-01", "", 9000.5, ""),
        )
        row = self.read(hana, plan, run_work, *rows)
        page = f"/pay/plans/{plan.key}/people/sheets/{row.pk}/"
        client = client_of(hana)
        shown = client.get(page).content.decode()
        assert shown.count("joins the plan") == 2
        assert client.post(page, {"stamp": fields(shown)["stamp"]}).status_code == 302
        assert client.post(page, {"stamp": fields(shown)["stamp"]}).status_code == 409
        assert Assignment.objects.count() == 3
        assert Participant.objects.get(name="Zoe").assignments.get().amount == D("9000.5")
        row.refresh_from_db()
        assert row.page == {}  # amounts are not kept a second time
        again = sheets.check_people(self.read(hana, plan, run_work, *rows))
        assert (again.changes, again.same) == ((), 2)

    def test_many_cost_as_many_queries_as_few(self, plan, store, hana, run_work):
        def queries(rows: list[tuple]) -> int:
            row = self.read(hana, plan, run_work, *rows)
            stamp = sheets.check_people(row).stamp
            with CaptureQueriesContext(connection) as seen:
                assert sheets.apply_people(actor=hana.actor, sheet_id=row.pk, stamp=stamp) == len(rows)
            return len(seen)

        def people(numbers: range, amount: int) -> list[tuple]:
            return [(f"E{n}", f"P{n}", "", "S01", "2026-01-01", "", amount, 1) for n in numbers]

        few = queries(people(range(4), 100))
        most = few + 6  # of those who change, more is read and written
        assert queries([*people(range(2), 200), *people(range(4, 60), 100)]) <= most
        assert queries(people(range(60), 300)) <= most
        assert set(Assignment.objects.values_list("amount", flat=True)) == {D(300)}
        assert set(Participant.objects.values_list("revision", flat=True)) == {2, 3}
        told = AuditEntry.objects.filter(act="pay_people.changed", subject_id=str(plan.pk)).values_list(
            "after", flat=True
        )
        assert len(told) == 62
        assert all(each["changed"] == ["stays"] for each in told)

    def test_somebody_changed_meanwhile_stops_the_sheet(self, plan, store, hana):
        made = add(hana, plan, store, employee_number="E1")
        seen = Participant.objects.get(pk=made.pk)
        Participant.objects.filter(pk=made.pk).update(revision=5)
        said = [services.Said(reading.entry_of(seen), seen), services.Said(Entry("New"))]
        with pytest.raises(Refusal) as refused:
            services.keep_people(actor=hana.actor, plan=plan, said=said)
        assert refused.value.status == 409
        two = [services.Said(Entry(name, "E9")) for name in ("A", "B")]
        with pytest.raises(Refusal):  # one number for two
            services.keep_people(actor=hana.actor, plan=plan, said=two)
        assert Participant.objects.count() == 1

    def test_every_wrong_cell_is_listed_at_once(self, plan, store, hana, run_work, client_of):
        row = self.read(
            hana, plan, run_work,
            ("E1", "Mia", "nobody@acme.test", "S01", "2026-01-01", "", 12000, 1),
            ("E2", "", "", "S09", "some day", "", "much", 1),
        )  # fmt: skip
        text = client_of(hana).get(f"/pay/plans/{plan.key}/people/sheets/{row.pk}/").content.decode()
        for place in ("Row 2, column email", "Row 3, column name", "Row 3, column team", "Row 3, column first",
                      "Row 3, column amount"):  # fmt: skip
            assert place in text
        with pytest.raises(Refusal):
            sheets.apply_people(actor=hana.actor, sheet_id=row.pk, stamp=sheets.check_people(row).stamp)
        assert not Participant.objects.exists()

    def test_what_cannot_be_read_says_so(self, plan, hana, run_work, client_of):
        client = client_of(hana)
        page = f"/pay/plans/{plan.key}/people/workbook/"
        assert client.post(page, {}).status_code == 422
        answer = client.post(page, {"file": SimpleUploadedFile("people.xlsx", b"no zip")})
        run_work()
        assert "cannot be read" in client.get(answer.headers["location"]).content.decode()

    def test_the_export_is_a_sheet_that_changes_nothing(self, plan, store, hana, mia, run_work, client_of):
        add(hana, plan, store, employee_number="E1", person_id=mia.pk)
        answer = client_of(hana).get(f"/pay/plans/{plan.key}/people/file/")
        made = sheets.hand_in_people(actor=hana.actor, plan_id=plan.pk, filename="p.xlsx", content=answer.content)
        run_work()
        made.refresh_from_db()
        found = sheets.check_people(made)
        assert (found.issues, found.changes, found.same) == ((), (), 1)


class TestPools:
    def test_what_is_in_a_team_s_pool_is_said_by_days(self, plan, store, hana, ada, client_of, fields):
        client, page = client_of(hana), f"/pay/plans/{plan.key}/pools/"
        told = {"team": str(store.pk), "amount": "30,000", "first": "2026-01-01"}
        wrong = client.post(page, told | {"amount": "much", "first": ""})
        assert wrong.status_code == 422
        assert fields(wrong.content.decode())["amount"] == "much"
        assert client.post(page, told).status_code == 302
        assert client.post(page, told | {"amount": "33000", "first": "2026-07-01"}).status_code == 302
        assert client.post(page, told | {"first": "2026-05-01"}).status_code == 422  # these days are taken
        assert [(row.amount, row.last) for row in TeamPool.objects.all()] == [
            (30_000, date(2026, 6, 30)), (33_000, None),
        ]  # fmt: skip
        assert "33,000.00" in client_of(ada).get(page).content.decode()
        assert client_of(ada).post(page, told).status_code == 403
        client.post(page, {"remove": str(TeamPool.objects.last().pk)})
        assert TeamPool.objects.count() == 1

    def test_a_plan_that_fixes_its_pools_links_to_them(self, plan, draft, hana, client_of):
        shown = f"/pay/plans/{plan.key}/"
        assert "/pools/" not in client_of(hana).get(shown).content.decode()
        terms = replace(draft.terms, kind=Kind.POOL, pool=Terms(funding=Funding.FIXED))
        settings = plans.Settings(draft.effective_from)
        plans.change_draft(actor=hana.actor, version_id=draft.pk, revision=1, terms=terms, settings=settings)
        assert "/pools/" in client_of(hana).get(shown).content.decode()


class TestWhoSees:
    def test_target_bonuses_are_shown_to_those_who_prepare_and_approve(
        self, plan, store, hana, ada, adi, ben, mia, max, client_of
    ):
        add(hana, plan, store)
        page = f"/pay/plans/{plan.key}/people/"
        for person, sees in ((hana, True), (ada, True), (adi, True), (ben, False), (mia, False), (max, False)):
            answer = client_of(person).get(page)
            assert (answer.status_code == 200, "31,415.92" in answer.content.decode()) == (sees, sees)

    def test_looking_is_written_down(self, plan, store, hana, ada, mia, client_of):
        add(hana, plan, store, person_id=mia.pk)
        client_of(ada).get(f"/pay/plans/{plan.key}/people/")
        assert Look.objects.get(by=ada.pk).participant.name == "Mia"

    def test_no_amount_stands_in_the_record(self, plan, store, hana):
        row = add(hana, plan, store)
        services.change_participant(
            actor=hana.actor, participant_id=row.pk, revision=1, entry=entry(store, "Mia W", cap=D("27182.81"))
        )
        told = json.dumps(list(AuditEntry.objects.values("subject_name", "before", "after", "note")), default=str)
        assert "31415" not in told
        assert "27182" not in told
        assert "Mia W" in told

    def test_the_list_costs_a_fixed_number_of_queries(
        self, plan, store, hana, client_of, django_assert_max_num_queries
    ):
        client = client_of(hana)
        for number in range(3):
            add(hana, plan, store, name=f"P{number}")
        client.get(f"/pay/plans/{plan.key}/people/")
        with django_assert_max_num_queries(18):
            client.get(f"/pay/plans/{plan.key}/people/")
