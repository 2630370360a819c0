"""Statements of a locked run: published, printed, received, disputed, corrected; who sees them and who is told."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from hashlib import sha256
from itertools import product

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

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
from apps.incentives.domain.states import Act
from apps.incentives.models import (
    Calculation,
    Correction,
    Dispute,
    DisputeNote,
    LedgerEntry,
    Look,
    Participant,
    RunExport,
    Statement,
    StatementAcknowledgement,
    StatementFile,
)
from apps.incentives.selectors import checks_of
from apps.incentives.selectors import statements as selectors
from apps.incentives.selectors.accruals import period_accruals
from apps.kernel.issue import NotHere, Refusal
from apps.notifications.models import Notice
from tests.spreadsheets import cells_of, formulas_in

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 30)


@pytest.fixture
def locked(company):
    run = company.locked()
    company.work()
    run.refresh_from_db()
    return run


def of(company, name: str) -> Statement:
    return Statement.objects.select_related("run__plan", "run__version", "participant").get(
        participant=company.participants[name], superseded_at=None, run__kind="regular"
    )


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
        StatementFile.objects.filter(statement=of(company, "max")).delete()
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
        assert selectors.replaced_by(old) == of(company, "mia")

    def test_the_database_refuses_what_would_rewrite_one(self, company, locked):
        row = of(company, "mia")
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
    @pytest.mark.parametrize(
        ("who", "sight"),
        [("max", "own"), ("hana", "pay"), ("ada", "pay"), ("adi", "pay"), ("mia", None), ("cleo", None), ("ben", None)],
    )
    def test_a_statement_by_person(self, company, locked, who, sight):
        found = selectors.sight_of(company.people[who].actor, of(company, "max"))
        assert (str(found) if found else None) == sight

    def test_a_lead_sees_the_team_only_if_the_plan_allows(self, company, locked):
        from apps.accounts.domain.roles import Role

        mia = company.people["mia"]
        mia.roles = [Role.MANAGER]
        mia.save()
        row = of(company, "max")
        assert selectors.sight_of(mia.actor, row) is None
        row.run.version.lead_sees_team = True
        assert selectors.sight_of(mia.actor, row) == "lead"
        assert selectors.sight_of(mia.actor, of(company, "ivo")) is None
        with pytest.raises(NotHere):
            selectors.statement_for(company.people["ben"].actor, row.pk)

    def test_every_look_of_another_is_shown_to_the_person(self, company, locked, client_of):
        row = of(company, "max")
        assert client_of(company.people["hana"]).get(f"/pay/statements/{row.pk}/").status_code == 200
        assert client_of(company.people["max"]).get(f"/pay/statements/{row.pk}/").status_code == 200
        assert [(look.by_name, look.where) for look in Look.objects.filter(participant=row.participant)] == [
            (str(company.people["hana"]), "statement")
        ]
        assert str(company.people["hana"]) in client_of(company.people["max"]).get("/pay/mine/").content.decode()


class TestThePage:
    def test_each_line_leads_to_its_value_and_says_how_it_came_about(self, company, locked, client_of):
        row = of(company, "max")
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

        assert len({queries(f"/pay/statements/{of(company, name).pk}/") for name in ("max", "mia", "ivo")}) == 1
        assert queries(f"/pay/runs/{locked.pk}/?q=Max") == queries(f"/pay/runs/{locked.pk}/") < 70

    def test_the_file_is_the_printed_one(self, company, locked, client_of):
        row = of(company, "max")
        answer = client_of(company.people["max"]).get(f"/pay/statements/{row.pk}/pdf/")
        assert sha256(answer.content).hexdigest() == row.file.digest
        assert answer["Content-Disposition"].endswith(f'{row.number}.pdf"')
        assert client_of(company.people["cleo"]).get(f"/pay/statements/{row.pk}/pdf/").status_code == 404

    def test_receiving_is_written_down_once(self, company, locked, client_of):
        row = of(company, "max")
        for _ in range(2):
            told = {"fingerprint": row.fingerprint}
            client_of(company.people["max"]).post(f"/pay/statements/{row.pk}/received/", told)
        row.refresh_from_db()
        assert (row.acknowledgement.person_name, row.acknowledgement.fingerprint) == ("Max", row.fingerprint)
        assert client_of(company.people["hana"]).post(f"/pay/statements/{row.pk}/received/").status_code == 404

    def test_an_average_of_fewer_than_five_is_hidden(self, company, locked, client_of):
        page = client_of(company.people["hana"]).get(f"/pay/runs/{locked.pk}/statements/").content.decode()
        assert "hidden: fewer than 5 people" in page


class TestDisputes:
    def raised(self, company, **more) -> Dispute:
        told = {"component": "mau", "text": "The count of August is wrong.", "today": date.today(), **more}  # noqa: DTZ011
        return services.raise_dispute(
            actor=company.people["max"].actor, statement_id=of(company, "max").pk, now=company.now(), **told
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
        late = of(company, "max").dispute_until + timedelta(days=1)
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
        assert not self.by_sql(Dispute.objects.filter(pk=made.pk).delete)
        sides = {"max": sides_of(own=True, looks_after_pay=False), "hana": frozenset({Side.PAY}), "ada": frozenset()}
        for state, step in (
            ("open", None), ("answered", DisputeAct.ANSWER), ("refused", DisputeAct.REFUSE),
            ("closed", DisputeAct.CLOSE),
        ):  # fmt: skip
            if step:
                self.act(company, "hana", made, step)
            for (who, held), act in product(sides.items(), DISPUTE_RULES):
                may = not dispute_issues(act, DisputeState(state), held, "-")
                assert self.by_sql(self.stepped, company, made, who, act) is may, (state, who, act)

    def raised_by_sql(self, company) -> None:
        row = of(company, "max")
        late = row.dispute_until + timedelta(days=2)
        told = {"statement": row, "raised_by": company.people["max"].pk, "raised_by_name": "x"} | {
            "raised_at": company.now()
        }
        for change in (
            {"raised_by": company.people["hana"].pk}, {"raised_at": company.now().replace(year=late.year + 1)},
            {"state": "accepted", "decided_by": company.people["hana"].pk}, {"remedy": "data"},
        ):  # fmt: skip
            assert not self.by_sql(Dispute.objects.create, **told | change), change
        assert self.by_sql(Dispute.objects.create, **told)

    def stepped(self, company, made: Dispute, who: str, act: DisputeAct) -> None:
        person = company.people[who].pk
        told: dict = {"state": DISPUTE_RULES[act].to}
        if act in (DisputeAct.ACCEPT, DisputeAct.REFUSE):
            told |= {"decided_by": person, "decided_at": company.now(), "remedy": "data" if act == "accept" else ""}
        Dispute.objects.filter(pk=made.pk).update(**told)
        DisputeNote.objects.create(dispute=made, act=act, text="-", by=person, by_name="x", at=company.now())

    def by_sql(self, act, *args, **values) -> bool:
        try:
            with transaction.atomic():
                act(*args, **values)
                transaction.set_rollback(True)
        except DatabaseError:
            return False
        return True


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
        first = client_of(company.people["max"]).get(f"/pay/statements/{of(company, 'max').pk}/").content.decode()
        assert str(found.pk) in first
        (period,) = period_accruals(company.plan, TODAY)
        posted = Calculation.objects.get(run=more).totals["CNY"]
        assert posted == 75_000
        assert [(each.cumulative, each.charge, each.final) for each in period.months[-2:]] == [
            (3_100_000, 3_100_000, True), (3_175_000, posted, True),
        ]  # fmt: skip
        assert "After-sales · Q3 2026" in client_of(company.people["hana"]).get("/pay/ledger/").content.decode()


class TestFiles:
    def test_payroll_goes_out_by_who_did_not_approve_and_comes_back_as_paid(self, company, locked):
        hana = company.people["hana"].actor
        made, body = services.export_payroll(actor=hana, run_id=locked.pk, kind="csv")
        text = body.decode("utf-8-sig")
        assert "Max" in text
        assert "9083.33" in text
        assert made.name in text
        assert RunExport.objects.get().digest == sha256(body).hexdigest()
        for who in ("adi", "ada", "max"):
            with pytest.raises(Refusal):
                services.export_payroll(actor=company.people[who].actor, run_id=locked.pk, kind="csv")
        told = {"actor": hana, "run_id": locked.pk, "revision": locked.revision, "paid_on": TODAY, "now": company.now()}
        with pytest.raises(Refusal):
            services.confirm_paid(file_id="something", **told)
        assert services.confirm_paid(file_id=made.name, **told).state == "paid"

    def test_a_name_that_a_spreadsheet_would_run_is_only_a_name(self, company, locked):
        Participant.objects.filter(name="Max").update(name='=HYPERLINK("http://x","y")')
        _made, body = services.export_payroll(actor=company.people["hana"].actor, run_id=locked.pk, kind="csv")
        assert "'=HYPERLINK" in body.decode("utf-8-sig")
        _made, book = services.export_payroll(actor=company.people["hana"].actor, run_id=locked.pk, kind="xlsx")
        assert formulas_in(book) == []
        assert any('=HYPERLINK("http://x","y")' in line for line in cells_of(book))

    def test_columns_are_kept_under_a_name_and_used(self, company, locked):
        hana = company.people["hana"].actor
        with pytest.raises(Refusal) as caught:
            services.save_payroll_template(actor=hana, name="", columns=[("name", "A"), ("name", "A")])
        assert len(caught.value.issues) == 5
        kept = services.save_payroll_template(actor=hana, name="Kingdee", columns=[("key", "工号"), ("pay", "奖金")])
        _made, body = services.export_payroll(actor=hana, run_id=locked.pk, kind="csv", template_id=kept.pk)
        assert body.decode("utf-8-sig").splitlines()[0] == "工号,奖金"

    def test_an_audit_pack_proves_itself_and_notices_a_change(self, company, locked, tmp_path):
        name, body = services.audit_pack(actor=company.people["ada"].actor, run_id=locked.pk)
        assert name.startswith("audit-service-202609")
        zipfile.ZipFile(io.BytesIO(body)).extractall(tmp_path)
        assert verified(tmp_path) == (0, "Everything holds.")
        results = tmp_path / "results.jsonl"
        whole = results.read_text()
        results.write_text(whole.replace("908333", "908334"))
        assert verified(tmp_path) == (1, "results.jsonl was changed.")
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        manifest["files"]["results.jsonl"] = sha256(results.read_bytes()).hexdigest()
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        code, said = verified(tmp_path)
        assert code == 1
        assert "was changed" in said
        assert "approved something else" in said
        with pytest.raises(Refusal):
            services.audit_pack(actor=company.people["ben"].actor, run_id=locked.pk)

    def test_what_is_set_aside_is_known_once_it_was_calculated_and_not_before(self, company, locked):
        (period,) = period_accruals(company.plan, TODAY)
        assert [(each.forecast, each.charge, each.final) for each in period.months] == [
            (None, None, False), (None, None, False), (3_100_000, 3_100_000, True),
        ]  # fmt: skip

    def test_ones_own_file_holds_ones_own(self, company, locked):
        _name, body = services.personal_file(actor=company.people["max"].actor)
        files = zipfile.ZipFile(io.BytesIO(body))
        assert len([name for name in files.namelist() if name.startswith("pdf/")]) == 1
        text = b"".join(files.read(name) for name in files.namelist() if name.endswith(".json")).decode()
        assert "908333" in text
        assert "1090000" not in text
        assert "Mia" not in text

    def test_a_name_is_taken_out_and_the_ledger_still_holds(self, company, locked):
        from apps.incentives.selectors import proof

        hana, row = company.people["hana"].actor, company.participants["ivo"]
        before = list(LedgerEntry.objects.values_list("hash", flat=True))
        with pytest.raises(Refusal) as caught:
            services.erase_person(actor=hana, participant_id=row.pk, reason=" ", today=TODAY)
        assert len(caught.value.issues) == 2
        Participant.objects.filter(pk=row.pk).update(left_on=TODAY - timedelta(days=3), leaving_reason="Moved")
        services.erase_person(actor=hana, participant_id=row.pk, reason="Asked for it.", today=TODAY)
        row.refresh_from_db()
        assert (row.name, row.person_id) == (row.key, None)
        assert not StatementFile.objects.filter(statement__participant=row).exists()
        assert Statement.objects.get(participant=row).pay == 375_000
        assert list(LedgerEntry.objects.values_list("hash", flat=True)) == before
        assert proof().holds


def verified(folder) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout.strip()
