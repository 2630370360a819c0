"""Statements of a locked run: published, printed, received, corrected; who sees them and who is told."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.incentives import services
from apps.incentives.domain.states import Act
from apps.incentives.models import (
    Calculation,
    Correction,
    Look,
    Statement,
    StatementAcknowledgement,
    StatementFile,
)
from apps.incentives.selectors import statements as selectors
from apps.incentives.selectors.accruals import period_accruals
from apps.kernel.issue import NotHere
from apps.notifications.models import Notice
from tests.integration.incentives.conftest import TODAY

pytestmark = pytest.mark.django_db


class TestPublished:
    def test_each_person_has_what_was_approved_and_a_file_with_its_hash(self, company, locked):
        assert {row.participant.name: row.pay for row in Statement.objects.all()} == {
            "Mia": 1_090_000, "Max": 908_333, "Cleo": 726_667, "Ivo": 375_000,
        }  # fmt: skip
        for row in Statement.objects.all():
            assert sha256(row.document.encode()).hexdigest() == row.fingerprint
            assert row.head == locked.head
            assert row.dispute_until == row.published_at.date() + timedelta(days=10)
        files = list(StatementFile.objects.all())
        assert len(files) == 4
        assert all(sha256(bytes(each.content)).hexdigest() == each.digest for each in files)
        assert all(bytes(each.content).startswith(b"%PDF-") for each in files)

    def test_the_work_begun_twice_publishes_once_and_goes_on_where_it_stopped(self, company, locked):
        StatementFile.objects.filter(statement=company.statement("max")).delete()
        services_again(company, locked)
        assert Statement.objects.count() == 4
        assert StatementFile.objects.count() == 4

    def test_people_hear_that_it_is_there_and_no_amount(self, company, locked):
        told = Notice.objects.filter(kind="pay.statement")
        assert {notice.recipient_id for notice in told} == {company.people[name].pk for name in ("mia", "max", "cleo")}
        assert all("10,900" not in json.dumps(notice.params) for notice in told)

    def test_of_a_run_opened_again_they_stay_and_are_marked(self, company, locked):
        company.act("hana", locked, Act.REOPEN, "A leaver was forgotten.", "HR-7")
        company.act("adi", locked, Act.REOPEN)
        assert not Statement.objects.filter(superseded_at=None).exists()
        company.calculate(locked)
        company.act("hana", locked, Act.SUBMIT)
        company.act("adi", locked, Act.APPROVE)
        company.act("ada", locked, Act.LOCK)
        company.work()
        assert Statement.objects.filter(superseded_at=None).count() == 4
        old = Statement.objects.filter(superseded_at__isnull=False, participant=company.participants["mia"]).get()
        assert selectors.replaced_by(old) == company.statement("mia")

    def test_the_database_refuses_what_would_rewrite_one(self, company, locked):
        row = company.statement("mia")
        for act in (
            lambda: Statement.objects.filter(pk=row.pk).update(pay=1),
            lambda: Statement.objects.filter(pk=row.pk).delete(),
            lambda: StatementFile.objects.filter(pk=row.pk).update(digest="x"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()

        now = company.now()
        received = {"statement": row, "fingerprint": row.fingerprint, "person_name": "x", "wording": "w", "at": now}
        for who, more in (("max", {}), ("mia", {"fingerprint": "0" * 64})):
            with pytest.raises(IntegrityError, match="their own statement"), transaction.atomic():
                StatementAcknowledgement.objects.create(**received | more, person_id=company.people[who].pk)
        StatementAcknowledgement.objects.create(**received, person_id=company.people["mia"].pk)


def services_again(company, run) -> None:
    from apps.work.services import enqueue

    enqueue("incentives.publish", subject=run.pk, about="x", revision=run.revision)
    enqueue("incentives.print", subject=run.pk, about="x", revision=run.revision)
    company.work()


class TestWhoSees:
    def test_a_statement_by_person(self, company, locked):
        row = company.statement("max")
        seen = {name: selectors.sight_of(person.actor, row) for name, person in company.people.items()}
        assert seen == {
            "max": "own", "hana": "pay", "ada": "pay", "adi": "pay", "mia": None, "cleo": None, "ben": None,
        }  # fmt: skip

    def test_a_lead_sees_the_team_only_if_the_plan_allows(self, company, locked):
        from apps.accounts.domain.roles import Role

        mia = company.people["mia"]
        mia.roles = [Role.MANAGER]
        mia.save()
        row = company.statement("max")
        assert selectors.sight_of(mia.actor, row) is None
        row.run.version.lead_sees_team = True
        assert selectors.sight_of(mia.actor, row) == "lead"
        assert selectors.sight_of(mia.actor, company.statement("ivo")) is None
        with pytest.raises(NotHere):
            selectors.statement_for(company.people["ben"].actor, row.pk)

    def test_every_look_of_another_is_shown_to_the_person(self, company, locked, client_of):
        row = company.statement("max")
        assert client_of(company.people["hana"]).get(f"/pay/statements/{row.pk}/").status_code == 200
        assert client_of(company.people["max"]).get(f"/pay/statements/{row.pk}/").status_code == 200
        assert [(look.by_name, look.where) for look in Look.objects.filter(participant=row.participant)] == [
            (str(company.people["hana"]), "statement")
        ]
        assert str(company.people["hana"]) in client_of(company.people["max"]).get("/pay/mine/").content.decode()


class TestThePage:
    def test_each_line_leads_to_its_value_and_says_how_it_came_about(self, company, locked, client_of):
        row = company.statement("max")
        page = client_of(company.people["max"]).get(f"/pay/statements/{row.pk}/").content.decode()
        for words in ("¥9,083.33", "Active customers: 9,200 ÷ 10,000 = 92 %.", "polyline"):
            assert words in page
        source = dict(row.paper.snapshot.readings["mau", next(iter(row.teams))].source)
        assert f"/metrics/value-explained/{source['value']}/" in page
        assert client_of(company.people["max"]).get(f"/metrics/value-explained/{source['value']}/").status_code == 200

    def test_a_statement_takes_as_many_queries_whoever_it_is_of(self, company, locked, client_of):
        """As many, too, for a run's page with one person on it and with all."""
        hana = client_of(company.people["hana"])

        def queries(page: str) -> int:
            hana.get(page)  # what is asked once for a session
            with CaptureQueriesContext(connection) as seen:
                assert hana.get(page).status_code == 200
            return len(seen)

        assert len({queries(f"/pay/statements/{company.statement(name).pk}/") for name in ("max", "mia", "ivo")}) == 1
        assert queries(f"/pay/runs/{locked.pk}/?q=Max") == queries(f"/pay/runs/{locked.pk}/") < 70

    def test_the_file_is_the_printed_one(self, company, locked, client_of):
        row = company.statement("max")
        answer = client_of(company.people["max"]).get(f"/pay/statements/{row.pk}/pdf/")
        assert sha256(answer.content).hexdigest() == row.file.digest
        assert answer["Content-Disposition"].endswith(f'{row.number}.pdf"')
        assert client_of(company.people["cleo"]).get(f"/pay/statements/{row.pk}/pdf/").status_code == 404

    def test_receiving_is_written_down_once(self, company, locked, client_of):
        row = company.statement("max")
        for _ in range(2):
            told = {"fingerprint": row.fingerprint}
            client_of(company.people["max"]).post(f"/pay/statements/{row.pk}/received/", told)
        row.refresh_from_db()
        assert (row.acknowledgement.person_name, row.acknowledgement.fingerprint) == ("Max", row.fingerprint)
        assert client_of(company.people["hana"]).post(f"/pay/statements/{row.pk}/received/").status_code == 404

    def test_an_average_of_fewer_than_five_is_hidden(self, company, locked, client_of):
        page = client_of(company.people["hana"]).get(f"/pay/runs/{locked.pk}/statements/").content.decode()
        assert "hidden: fewer than 5 people" in page


class TestCorrections:
    def test_the_statement_of_a_correction_says_what_moved(self, company, locked, client_of):
        company.paid(locked)
        company.type("mau", S01=9_400)
        more = services.take_correction(actor=company.people["hana"].actor, correction_id=Correction.objects.get().pk)
        company.calculate(more)
        company.act("hana", more, Act.SUBMIT)
        company.act("adi", more, Act.APPROVE)
        company.act("ada", more, Act.LOCK)
        company.work()
        found = Statement.objects.get(run=more, participant=company.participants["max"])
        assert (found.due, found.posted) == (25_000, 908_333)
        page = client_of(company.people["max"]).get(f"/pay/statements/{found.pk}/").content.decode()
        assert "Active customers was corrected from 9,200 to 9,400." in page
        assert "¥250.00" in page
        first = client_of(company.people["max"]).get(f"/pay/statements/{company.statement('max').pk}/").content.decode()
        assert str(found.pk) in first
        (period,) = period_accruals(company.plan, TODAY)
        posted = Calculation.objects.get(run=more).totals["CNY"]
        assert posted == 75_000
        assert [(each.cumulative, each.charge, each.final) for each in period.months[-2:]] == [
            (3_100_000, 3_100_000, True), (3_175_000, posted, True),
        ]  # fmt: skip
        assert "After-sales · Q3 2026" in client_of(company.people["hana"]).get("/pay/ledger/").content.decode()
