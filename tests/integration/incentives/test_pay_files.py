"""What leaves pay: payroll files, audit packs, what is set aside, one's own file; and a name that is taken out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest

from apps.incentives import services
from apps.incentives.models import (
    LedgerEntry,
    Participant,
    RunExport,
    Statement,
    StatementFile,
)
from apps.incentives.selectors.accruals import period_accruals
from apps.kernel.issue import Refusal
from tests.integration.incentives.conftest import TODAY
from tests.spreadsheets import cells_of, formulas_in

pytestmark = pytest.mark.django_db


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
