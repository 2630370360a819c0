"""Who may see which amount: everybody at every door, with markers in an amount and a name. Nothing leaks.

The amount is what Max is paid for the third quarter, 9,083.33; his name in pay is one that stands nowhere else. For
each person and each address the table says whether the markers may be in the answer; a marker that is there and should
not be, or should be and is not, fails.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile

import pytest
from pypdf import PdfReader

from apps.accounts.domain.roles import Role
from apps.accounts.models import User
from apps.api.routes import RESOURCES
from apps.audit.models import Entry
from apps.incentives import services
from apps.incentives.models import Participant, PlanVersion, Statement
from apps.notifications.models import Notice
from apps.work.models import Work

pytestmark = pytest.mark.django_db
NAME = "Quillon Marker"
MARKERS = (NAME, "9,083.33", "9083.33", "908333", "9 083,33")
OWN, PAY, LEAD, PEER, OTHER = "own", "pay", "lead", "peer", "other"
WHO = {"max": OWN, "hana": PAY, "ada": PAY, "adi": PAY, "mia": LEAD, "cleo": PEER, "ben": PEER}


@pytest.fixture
def planted(company):
    Participant.objects.filter(name="Max").update(name=NAME)
    mia = company.people["mia"]
    mia.roles = [Role.MANAGER]
    mia.save()
    run = company.locked()
    company.work()
    row = Statement.objects.select_related("run").get(participant__name=NAME)
    made = services.raise_dispute(
        actor=company.people["max"].actor, statement_id=row.pk, component="", text=f"{NAME}: not 9,083.33!",
        today=row.dispute_until, now=company.now(),
    )  # fmt: skip
    company.work()
    return run, row, made


def doors(run, row, made) -> dict[str, frozenset[str]]:
    """Every address with a marker behind it, and who may have it; and addresses that must never hold one."""
    of_run = f"/pay/runs/{run.pk}"
    behind = {
        "/pay/mine/": {OWN},
        "/pay/mine/file/": {OWN},
        f"/pay/statements/{row.pk}/": {OWN, PAY},
        f"/pay/statements/{row.pk}/pdf/": {OWN, PAY},
        f"/pay/disputes/{made.pk}/": {OWN, PAY},
        f"{of_run}/statements/": {PAY},
        f"{of_run}/statements/zip/": {PAY},
        f"{of_run}/audit-pack/": {PAY},
    }
    never = [
        "/", "/tree/", "/metrics/", "/metrics/mau/", "/targets/", "/goals/", "/drivers/", "/scenarios/", "/data/",
        "/work/", "/people/", "/people/teams/", "/people/changes/", "/people/me/", "/notices/", "/notices/bell/",
        "/choose/",
        "/check-ins/", "/actions/", "/forecasts/", f"{of_run}/payroll/", "/pay/payroll-templates/",
        f"/pay/statements/{row.pk}/dispute/", "/pay/disputes/", "/pay/accruals/", "/pay/plans/",
    ]  # fmt: skip
    return {path: frozenset(who) for path, who in behind.items()} | dict.fromkeys(never, frozenset())


def text_of(answer) -> str:
    """Whatever an answer says: its headers, its page, and what is inside a file, printed pages too."""
    return f"{answer.headers}\n{said(b''.join(answer.streaming_content) if answer.streaming else answer.content)}"


def said(body: bytes) -> str:
    if body.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(body))
        return "\n".join(said(archive.read(name)) for name in archive.namelist())
    if body.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return body.decode("utf-8", "replace")


def found(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text]


@pytest.mark.parametrize("who", WHO)
def test_at_every_door(company, planted, client_of, who):
    client = client_of(company.people[who])
    for path, seen_by in doors(*planted).items():
        answer = client.get(path)
        markers = found(text_of(answer))
        if WHO[who] in seen_by:
            assert answer.status_code == 200, (who, path, answer.status_code)
            assert markers, (who, path)
        else:
            assert not markers, (who, path, markers)


def test_a_lead_sees_the_team_where_the_plan_says_so_and_no_dispute(company, planted, client_of):
    run, row, made = planted
    client = client_of(company.people["mia"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            PlanVersion, "lead_sees_team", property(lambda _self: True, lambda _self, _value: None)
        )  # a published version never changes
        for path, seen in (
            (f"/pay/statements/{row.pk}/", True), (f"/pay/runs/{run.pk}/statements/", True),
            (f"/pay/disputes/{made.pk}/", False), (f"/pay/runs/{run.pk}/audit-pack/", False),
        ):  # fmt: skip
            assert bool(found(text_of(client.get(path)))) is seen, path
        assert not found(text_of(client_of(company.people["cleo"]).get(f"/pay/statements/{row.pk}/")))


def test_another_company_finds_nothing(planted, client_of, borealis, dora):
    client = client_of(dora, borealis)
    for path in doors(*planted):
        assert not found(text_of(client.get(path))), path


def test_nothing_is_in_notices_the_trail_work_or_mail(company, planted, mailoutbox):
    rows = [
        *Notice.objects.values("message", "params", "url"),
        *Entry.objects.values("act", "before", "after", "note"),
        *Work.objects.values("about", "args", "message", "reason"),
    ]
    amounts = MARKERS[1:]
    told = [json.dumps(each, default=str, ensure_ascii=False) for each in rows] + [
        f"{each.subject} {each.body}" for each in mailoutbox
    ]
    assert len(told) > 10
    assert not [each for each in told if any(amount in each for amount in amounts)]


def test_nothing_is_in_the_api_of_anybody(company, planted, client_of):
    for who in ("ben", "cleo", "mia"):
        client = client_of(company.people[who])
        for resource in RESOURCES:
            answer = client.get(f"/api/v1/{resource.name}/")
            assert not found(text_of(answer)), (who, resource.name)


def test_an_error_tells_no_amount_to_the_page_nor_to_the_log(company, planted, client_of, monkeypatch, caplog):
    _run, row, _made = planted

    def broken(*_given: object, **_more: object) -> None:
        amount = row.pay  # what a report with local variables would show
        raise RuntimeError(f"broken at {len(str(amount))}")

    monkeypatch.setattr("apps.incentives.views.statements.statement_view", broken)
    client = client_of(company.people["max"])
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        answer = client.get(f"/pay/statements/{row.pk}/")
    assert answer.status_code == 500
    assert not found(text_of(answer))
    assert caplog.records
    assert not found("\n".join(f"{each.getMessage()} {each.exc_text or ''}" for each in caplog.records))


def test_a_worker_that_fails_logs_no_amount(company, planted, monkeypatch, caplog):
    run, _row, _made = planted
    services_log = logging.getLogger("apps.incentives.services.printing")
    assert services_log.name
    monkeypatch.setattr("apps.incentives.services.printing.press", lambda documents: [None for _ in documents])
    from apps.incentives.models import StatementFile
    from apps.work.services import enqueue

    StatementFile.objects.all().delete()
    enqueue("incentives.print", subject=run.pk, about="x", revision=run.revision)
    with caplog.at_level(logging.DEBUG):
        company.work()
    stopped = Work.objects.filter(kind="incentives.print", status=Work.Status.PARKED).get()
    assert not found(f"{stopped.reason} {stopped.reason_params} {caplog.text}")


def test_who_left_the_company_sees_nothing_any_more(company, planted, client_of):
    _run, row, _made = planted
    client = client_of(company.people["max"])
    User.objects.filter(pk=company.people["max"].pk).update(is_active=False)
    assert not found(text_of(client.get(f"/pay/statements/{row.pk}/")))
