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
from django.urls import reverse
from pypdf import PdfReader

from apps.accounts.domain.roles import Role
from apps.accounts.models import User
from apps.api.domain.scopes import GENERAL
from apps.api.domain.scopes import PAY as PAY_SCOPES
from apps.api.services import make_key
from apps.audit.models import Entry
from apps.incentives import services
from apps.incentives.models import Look, Participant, PayScope, PlanVersion, Statement
from apps.kernel.issue import Forbidden, Refusal
from apps.notifications.models import Notice
from apps.work.models import Work
from tests.integration.isolation.url_table import WORKSPACE

pytestmark = pytest.mark.django_db
NAME = "Quillon Marker"
MARKERS = (NAME, "9,083.33", "9083.33", "908333", "9 083,33")
OWN, HR, PAY = {"max"}, {"hana"}, {"hana", "ada", "adi"}
WHO = ("max", "hana", "ada", "adi", "mia", "cleo", "ben")
"""Whose pay it is, HR, owner, administrator, the lead of his team, a colleague of it, an analyst of the other team."""


@pytest.fixture
def planted(company):
    Participant.objects.filter(name="Max").update(name=NAME)
    company.participants["ben"] = Participant.objects.create(
        plan=company.plan, name="Ben", person_id=company.people["ben"].pk, added_by_name="Hana"
    )
    company.assign("ben", "S02", 2_000)
    for who, role in (("mia", Role.MANAGER), ("ben", Role.ANALYST)):
        company.people[who].roles = [role]
        company.people[who].save()
    run = company.locked()
    company.work()
    row = Statement.objects.select_related("run").get(participant__name=NAME)
    made = services.raise_dispute(
        actor=company.people["max"].actor, statement_id=row.pk, component="", text=f"{NAME}: not 9,083.33!",
        today=row.dispute_until, now=company.now(),
    )  # fmt: skip
    company.work()
    return run, row, made


def doors(run, row, made) -> dict[str, set[str]]:
    """Every address with a marker behind it, and who may have it; then every other one that takes no id, for nobody."""
    of_run, of_plan, person = f"/pay/runs/{run.pk}", "/pay/plans/service", row.participant_id
    behind = {
        "/pay/mine/": OWN,
        "/pay/mine/file/": OWN,
        f"/pay/statements/{row.pk}/": OWN | PAY,
        f"/pay/statements/{row.pk}/pdf/": OWN | PAY,
        f"/pay/disputes/{made.pk}/": OWN | PAY,
        f"{of_run}/": PAY,
        f"{of_run}/?q=Quill": PAY,
        f"{of_run}/people/{person}/": PAY,
        f"{of_run}/statements/": PAY,
        f"{of_run}/statements/zip/": PAY,
        f"{of_run}/audit-pack/": PAY,
        f"{of_run}/adjust/": HR,
        f"{of_run}/payroll/": set(),
        f"{of_run}/pools/": set(),
        f"{of_run}/act/void/": set(),
        "/pay/ledger/?q=Quill": PAY,
        f"{of_plan}/people/": PAY,
        f"{of_plan}/people/?q=Quill": PAY,
        f"{of_plan}/people/file/": HR,
        f"{of_plan}/people/{person}/": HR,
        f"/pay/participants/{person}/erase/": HR,
        f"{of_plan}/": PAY,
        f"{of_plan}/1/": PAY,
        f"{of_plan}/pools/": set(),
        f"/pay/statements/{row.pk}/dispute/": set(),
        "/people/?q=Quill": set(),
        "/api/v1/pay/participants": PAY,
        f"/api/v1/pay/runs/{run.pk}/results": PAY,
        "/api/v1/pay/statements": OWN,
        f"/api/v1/pay/statements/{row.pk}": OWN | PAY,
        f"/api/v1/pay/runs/{run.pk}": set(),
    }
    return {path: set() for path in sorted(OPEN_TO_READ)} | behind


OPEN_TO_READ = {
    reverse(name) for name, line in WORKSPACE.items() if line.read and not line.ids and not name.startswith("account_")
}
"""Every page of a company that takes no id."""


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


def test_at_every_door(company, planted, client_of, borealis, dora):
    """Everybody of the company, somebody of another one, and then Max once he has left."""
    wrong = []
    clients = {who: client_of(company.people[who]) for who in WHO} | {"dora": client_of(dora, borealis)}
    for path, seen_by in doors(*planted).items():
        for who, client in clients.items():
            if not seen_by and path in OPEN_TO_READ and who not in ("mia", "ben"):
                continue  # pages that take no id are the same for whoever opens them, but for their roles
            answer = client.get(path)
            markers = found(text_of(answer))
            if bool(markers) != (who in seen_by) or (who in seen_by and answer.status_code != 200):
                wrong.append((path, who, answer.status_code, markers))
    hana = clients["hana"].post(f"/pay/runs/{planted[0].pk}/payroll/", {"kind": "csv"})
    assert found(text_of(hana)), "payroll's file is full of it"
    for who in ("max", "ada", "adi", "mia", "cleo", "ben"):
        answer = clients[who].post(f"/pay/runs/{planted[0].pk}/payroll/", {"kind": "csv"})
        wrong += [("payroll", who, answer.status_code)] if found(text_of(answer)) else []
    assert not wrong, "\n".join(map(str, wrong))
    User.objects.filter(pk=company.people["max"].pk).update(is_active=False)
    assert not [path for path in ("/pay/mine/", f"/pay/statements/{planted[1].pk}/") if found(
        text_of(clients["max"].get(path)))]  # fmt: skip


def test_a_key_reads_pay_only_if_it_was_made_for_that_alone(company, planted, client_on, acme):
    run, row, _made = planted
    addresses = [
        "pay/participants", f"pay/runs/{run.pk}/results", "pay/statements", f"pay/statements/{row.pk}", "pay/runs"
    ]  # fmt: skip
    reads = {  # person, scopes: where a marker is
        ("hana", ("pay:read",)): {0, 1},
        ("hana", tuple(PAY_SCOPES)): {0, 1, 3},
        ("hana", ("own_pay:read",)): set(),
        ("max", tuple(PAY_SCOPES)): {2, 3},
        ("ben", tuple(PAY_SCOPES)): set(),
        ("hana", GENERAL): set(),
        ("max", GENERAL): set(),
    }
    for (who, scopes), places in reads.items():
        _key, secret = make_key(actor=company.people[who].actor, name="k", scopes=scopes, days=1)
        client = client_on(acme, headers={"Authorization": f"Bearer {secret}"})
        answers = [client.get(f"/api/v1/{each}") for each in addresses]
        assert {at for at, each in enumerate(answers) if found(text_of(each))} == places, (who, scopes)
    for scopes, days in ((("pay:read", "metrics:read"), 30), (("pay:read",), None)):
        with pytest.raises(Refusal) as caught:
            make_key(actor=company.people["ada"].actor, name="k", scopes=scopes, days=days, role=Role.HR)
        assert [each.where for each in caught.value.issues] == ["scopes"]
    assert Look.objects.filter(participant=row.participant, where="api").count() == 5


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


def test_who_looks_after_some_teams_sees_those_and_nothing_else(company, planted, client_of, client_on, acme):
    """Cleo has no role in pay. Once she looks after Max's shop she sees his statement, dispute and target bonus, and no
    whole run, file or ledger; of another shop nothing; and nothing any more once it ends."""
    run, row, made = planted
    ada, hana, cleo = (company.people[each] for each in ("ada", "hana", "cleo"))
    client, of_run = client_of(cleo), f"/pay/runs/{run.pk}/statements/"
    seen = [
        "/pay/teams/", f"/pay/statements/{row.pk}/", f"/pay/statements/{row.pk}/pdf/", of_run,
        f"/pay/runs/{run.pk}/team/", f"/pay/disputes/{made.pk}/", f"/api/v1/pay/statements/{row.pk}",
    ]  # fmt: skip
    own = {path for path, who in doors(*planted).items() if "max" in who or "hana" in who} - set(seen)

    def leaks() -> list[str]:
        return [path for path in (*seen, *sorted(own)) if found(text_of(client.get(path)))]

    def given(shop: str, below: bool = False):
        return services.give_scope(actor=ada.actor, person_id=cleo.pk, team_id=company.teams[shop].pk, below=below)

    assert client.get("/pay/teams/").status_code == 404
    other = given("S02")
    assert (client.get("/pay/teams/").status_code, leaks()) == (200, [])
    services.end_scope(actor=ada.actor, scope_id=other.pk, now=company.now())
    shop = given("S01")
    assert leaks() == seen
    for path in seen[:2]:
        assert f"/pay/disputes/{made.pk}/" in client.get(path).content.decode(), path
    read, team = client.get(f"/pay/disputes/{made.pk}/"), client.get(f"/pay/runs/{run.pk}/team/")
    assert [b"<textarea" in each.content for each in (read, team)] == [False, False], "she does nothing to them"
    assert (
        client.post(f"/pay/disputes/{made.pk}/", {"act": "accept", "text": "Yes.", "remedy": "data"}).status_code == 422
    )
    assert client.post(f"/pay/runs/{run.pk}/team/", {"act": "comment", "reason": "Why?"}).status_code == 403
    assert "Ben" not in text_of(team), "nobody of another team"
    _key, secret = make_key(actor=cleo.actor, name="k", scopes=tuple(PAY_SCOPES), days=1)
    program = client_on(acme, headers={"Authorization": f"Bearer {secret}"})
    for path in ("statements", "participants", f"runs/{run.pk}/results"):
        assert not found(text_of(program.get(f"/api/v1/pay/{path}"))), path
    for path in ("teams/statements", f"statements/{row.pk}"):
        assert found(text_of(program.get(f"/api/v1/pay/{path}"))), path
    _key, secret = make_key(actor=cleo.actor, name="own", scopes=("own_pay:read",), days=1)
    program = client_on(acme, headers={"Authorization": f"Bearer {secret}"})
    for path in ("teams/statements", f"statements/{row.pk}"):
        assert not found(text_of(program.get(f"/api/v1/pay/{path}"))), path
    looks = Look.objects.filter(participant=row.participant, by=cleo.pk)
    assert [looks.filter(where=each).count() for each in ("scope", "api", "run")] == [2, 3, 2]
    assert "Cleo" in client_of(company.people["max"]).get("/pay/mine/").content.decode()
    services.end_scope(actor=ada.actor, scope_id=shop.pk, now=company.now())
    assert leaks() == []
    for actor, who in ((hana, cleo), (ada, ada), (ada, hana)):  # not trusted; themselves; sees everybody already
        with pytest.raises((Refusal, Forbidden)):
            services.give_scope(actor=actor.actor, person_id=who.pk, team_id=company.teams["S01"].pk, below=True)
    ways = client_of(ada)
    told = {"person": str(cleo.pk), "team": str(company.teams["S01"].pk), "below": "on"}
    assert [ways.post("/pay/scopes/", told).status_code for _time in range(2)] == [302, 409]
    assert "Cleo" in ways.get("/pay/scopes/").content.decode()
    kept = PayScope.objects.get(ended_at__isnull=True)
    assert kept.below
    assert ways.post(f"/pay/scopes/{kept.pk}/end/").status_code == 302
    assert ways.post(f"/pay/scopes/{kept.pk}/end/").status_code == 409


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


def test_an_error_tells_no_amount_to_the_page_nor_to_the_log(company, planted, client_of, monkeypatch, caplog):
    _run, row, _made = planted

    def broken(*_given: object, **_more: object) -> None:
        amount = row.pay  # what a report with local variables would show
        raise RuntimeError(f"broken at {len(str(amount))}")

    for where in ("apps.incentives.views.statements.statement_view", "apps.api.views.pay.paid_lines"):
        monkeypatch.setattr(where, broken)
    client = client_of(company.people["max"])
    client.raise_request_exception = False
    for path in (f"/pay/statements/{row.pk}/", f"/api/v1/pay/statements/{row.pk}"):
        caplog.clear()
        with caplog.at_level(logging.DEBUG):
            answer = client.get(path)
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
