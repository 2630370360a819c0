"""What every resource does alike: keys, roles and scopes, errors, languages, repeating, ETags, pages and limits."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from apps.accounts.domain.roles import Role
from apps.api import services
from apps.api.models import ApiKey, StoredAnswer
from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, Refusal
from apps.metrics.models import Metric, MetricVersion
from apps.work.models import Work
from apps.workspaces.scope import inside
from tests.integration.api.conftest import COLUMNS, ORDERS, REVENUE, Program

MANUAL = {"kind": "manual", "key": "wishes", "name": {"en": "Wishes", "zh": "愿望"}, "grains": ["month"]}


def fields(answer) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_secret_is_kept_as_a_digest_only(key_of, actor) -> None:
    secret = key_of(actor)
    key = ApiKey.objects.get()
    assert secret.startswith(f"lsk_{key.prefix}_")
    assert secret not in {str(value) for value in ApiKey.objects.values().get().values()}
    assert secret[-43:] not in str(Entry.objects.values_list("before", "after", "note"))
    assert len(key.digest) == 64


@pytest.mark.parametrize("sent", ["", "lsk_x", "lsk_aaaaaaaaaaaa_" + "A" * 43, "Bearer", "é", "lsk_" + "a" * 9000])
def test_no_key_or_a_wrong_one_is_not_signed_in(api: Program, sent: str) -> None:
    answer = api.ask("GET", "me", Authorization=f"Bearer {sent}")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert Program("acme", None).get("me").status_code == 401
    assert api.ask("GET", "me", Authorization=f"Basic {api.secret}").status_code == 401


def test_keys_end_by_time_by_being_revoked_and_with_their_person(program, ben, actor) -> None:
    bens = program(ben.actor)
    assert bens.get("me").json()["through"] == "personal_key"
    key = ApiKey.objects.get()
    assert key.last_used_at is not None
    key.expires_at = timezone.now() - timedelta(seconds=1)
    key.save()
    assert bens.get("me").status_code == 401
    key.expires_at = timezone.now() + timedelta(days=1)
    key.save()
    ben.is_active = False
    ben.save()
    assert bens.get("me").status_code == 401
    ben.is_active = True
    ben.save()
    assert bens.get("me").status_code == 200
    services.revoke_key(actor=actor, key_id=key.pk)
    assert bens.get("me").status_code == 401


def test_a_key_opens_what_role_and_scope_both_allow(program, ada, cleo, ben) -> None:
    reader = program(ada.actor, "metrics:read")
    assert reader.get("metrics").status_code == 200
    assert reader.get("datasets").status_code == 403
    assert reader.post("metrics", {"definition": MANUAL}).status_code == 403
    viewer = program(cleo.actor)
    assert viewer.get("metrics").status_code == 200
    assert viewer.get("datasets").status_code == 403
    assert viewer.post("metrics", {"definition": MANUAL}).status_code == 403
    writer = program(ben.actor, "metrics:write")
    assert writer.post("metrics", {"definition": MANUAL}).status_code == 201
    assert writer.get("metrics").status_code == 200, "who writes may read"
    assert Entry.objects.filter(act="metric.defined").get().actor_name == "Ben (API: tests)"


def test_roles_count_from_the_next_request_on(program, ben) -> None:
    bens = program(ben.actor)
    assert bens.get("datasets").status_code == 200
    ben.roles = ["viewer"]
    ben.save()
    assert bens.get("datasets").status_code == 403


def test_a_service_account_has_one_role_and_is_nobody(program, actor, ben) -> None:
    service = program(actor, "metrics:read", "data:write", role=Role.ANALYST, name="Nightly")
    told = service.get("me").json()
    assert (told["through"], told["roles"], told["name"]) == ("service_key", ["analyst"], "API: Nightly")
    assert service.send(ORDERS).status_code == 201
    with pytest.raises(Forbidden):
        services.make_key(actor=ben.actor, name="x", scopes=["data:read"], days=1, role=Role.ANALYST)
    with pytest.raises(Refusal) as refused:
        services.make_key(actor=actor, name=" ", scopes=["all"], days=9999, role=Role.OWNER)
    assert [issue.where for issue in refused.value.issues] == ["name", "scopes", "days", "role"]


def test_keys_of_one_company_open_nothing_in_another(api: Program, revenue: str, borealis, dora) -> None:
    assert Program("borealis", api.secret).get("metrics").status_code == 401
    with inside(borealis):
        _key, secret = services.make_key(actor=dora.actor, name="d", scopes=["metrics:read"], days=1)
    doras = Program("borealis", secret)
    assert doras.get("metrics").json()["items"] == []
    assert doras.get("metrics/revenue").status_code == 404
    assert Program("acme", secret).get("metrics").status_code == 401


def test_sessions_read_and_write_only_with_djangos_token(client_on, acme, ada) -> None:
    browser = client_on(acme, enforce_csrf_checks=True)
    browser.force_login(ada, backend="apps.accounts.backends.PersonBackend")
    assert browser.get("/api/v1/me").json()["through"] == "session"
    body = {"definition": MANUAL}
    refused = browser.post("/api/v1/metrics", body, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    browser.get("/people/me/")
    token = browser.cookies["lodestar_csrf"].value
    sent = browser.post("/api/v1/metrics", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert sent.status_code == 201


# --- errors ---------------------------------------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once_in_the_language_asked_for(api: Program, orders: str) -> None:
    definition = {
        **REVENUE, "grains": ["moon"], "direction": "sideways", "colour": 1,
        "measure": {"dataset": "orders", "how": "magic", "column": "amount"}, "name": {},
    }  # fmt: skip
    english = api.post("metrics", {"definition": definition})
    assert english.status_code == 422
    wanted = {"direction", "grains.0", "colour", "measure.how", "name"}
    assert {f"definition.{field}" for field in wanted} <= set(fields(english))
    chinese = api.post("metrics", {"definition": definition}, Accept_Language="zh-CN,en;q=0.5")
    assert chinese["Content-Language"] == "zh-hans"
    assert [error["code"] for error in chinese.json()["errors"]] == [
        error["code"] for error in english.json()["errors"]
    ]
    assert all(any("一" <= sign <= "鿿" for sign in error["message"]) for error in chinese.json()["errors"])


def test_a_definition_is_checked_without_being_stored(api: Program, orders: str) -> None:
    good = api.post("validate", {"definition": REVENUE}).json()
    assert (good["valid"], good["issues"]) == (True, [])
    assert "amount" in good["sentence"]
    wrong = {**REVENUE, "measure": {"dataset": "nothing", "how": "sum", "column": "amount"}}
    bad = api.post("validate", {"definition": wrong}).json()
    assert bad["valid"] is False
    assert [issue["field"] for issue in bad["issues"]] == ["definition.measure.dataset"]
    assert not Metric.objects.exists()


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("metrics?limit=0", ["limit"]),
        ("metrics?limit=x&cursor=x&colour=1", ["colour", "limit"]),
        ("metrics?cursor=bm90", ["cursor"]),
        ("metrics?cursor=%01", ["cursor"]),
        ("runs?cursor=WyJhIiwiYiJd", ["cursor"]),
        ("values", ["grain"]),
        ("values?grain=month&metric=a&metric=B", ["metric.1"]),
        ("values?grain=month&metric=never", ["metric.0"]),
        ("values?grain=month&member=x", ["member"]),
        ("values?grain=month&first=2026-13-01&last=x&limit=10000", ["first", "last", "limit"]),
        ("values?grain=month&cursor=WyJhIiwiYiIsImMiXQ", ["cursor"]),
        ("me?x=1", ["x"]),
    ],
)
def test_parameters_that_make_no_sense_are_named(api: Program, path: str, wrong: list[str]) -> None:
    answer = api.get(path)
    assert answer.status_code == 422, answer.content
    assert sorted(fields(answer)) == wrong


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ('{"definition": NaN}', 400),
        ('{"definition": {"key": "a\\u0000b"}}', 400),
        ('{"definition": {"key": "\\ud800"}}', 400),
        ('{"definition": ' + "[" * 10_000 + "]" * 10_000 + "}", 400),
        ('{"definition": ' + '{"a":' * 60 + "1" + "}" * 60 + "}", 400),
        ('{"definition": {"key": "' + "x" * 1_100_000 + '"}}', 413),
        ('{"definition": {"key": ' + "9" * 5000 + "}}", 400),
        ("é".encode("latin-1"), 400),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(api: Program, body: object, status: int) -> None:
    answer = api.client.generic(
        "POST", "/api/v1/validate", body, content_type="application/json",
        headers={"Authorization": f"Bearer {api.secret}"},
    )  # fmt: skip
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_addresses_and_methods_that_are_not_there(api: Program) -> None:
    for answer, status in [
        (api.get("nothing"), 404),
        (api.get("metrics/nothing"), 404),
        (api.get("metrics/"), 404),
        (api.get("values/99999999999999999999999/rows"), 404),
        (api.ask("PATCH", "metrics"), 405),
        (api.get("compute"), 405),
        (api.get("metrics", Accept="text/html"), 406),
        (api.get("values?grain=month", Accept="application/pdf"), 406),
        (Program("nobody", api.secret).get("metrics"), 404),
    ]:
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert answer.json()["status"] == status


# --- the same request again -----------------------------------------------------------------------------------------


def test_a_request_sent_again_gets_its_answer_again(api: Program) -> None:
    body = {"definition": MANUAL}
    first = api.post("metrics", body, Idempotency_Key="k-1")
    second = api.post("metrics", body, Idempotency_Key="k-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Location"] == first["Location"]
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    other = api.post("metrics", {"definition": {**MANUAL, "key": "other"}}, Idempotency_Key="k-1")
    assert (other.status_code, fields(other)) == (422, ["Idempotency-Key"])
    assert api.post("validate", body, Idempotency_Key="k-1").status_code == 422
    assert api.post("metrics", body).status_code == 422, "without the key it is a second request"
    assert MetricVersion.objects.count() == 1
    assert api.post("metrics", body, Idempotency_Key="with space").status_code == 422


def test_what_was_refused_may_be_mended_under_the_same_key(api: Program) -> None:
    assert api.post("metrics", {"definition": {**MANUAL, "grains": []}}, Idempotency_Key="k").status_code == 422
    assert not StoredAnswer.objects.exists()
    assert api.post("metrics", {"definition": MANUAL}, Idempotency_Key="k").status_code == 201


def test_files_are_compared_by_their_bytes(api: Program) -> None:
    key = {"Idempotency-Key": "f"}
    first = api.send(ORDERS, headers=key)
    assert first.status_code == 201
    assert api.send(ORDERS, headers=key).json()["id"] == first.json()["id"]
    assert api.send(ORDERS + "2026-04-01,North,1\n", headers=key).status_code == 422
    assert Work.objects.filter(kind="datasets.inspect").count() == 1


def test_keys_are_the_askers_own_and_kept_for_a_day(api: Program, program, ben) -> None:
    assert api.post("metrics", {"definition": MANUAL}, Idempotency_Key="k").status_code == 201
    bens = program(ben.actor).post("metrics", {"definition": {**MANUAL, "key": "bens"}}, Idempotency_Key="k")
    assert bens.status_code == 201
    StoredAnswer.objects.update(expires_at=timezone.now())
    third = api.post("metrics", {"definition": {**MANUAL, "key": "third"}}, Idempotency_Key="k")
    assert third.status_code == 201
    now = timezone.now()
    assert StoredAnswer.objects.filter(expires_at__gt=now).count() == 1
    assert services.sweep_answers(now) == 1, "Ben's"


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_do_it_once(api: Program) -> None:
    found, barrier = [], threading.Barrier(10)

    def send() -> None:
        mine = Program("acme", api.secret)
        barrier.wait()
        answer = mine.post("metrics", {"definition": MANUAL}, Idempotency_Key="race")
        found.append((answer.status_code, answer.content if answer.status_code == 201 else answer.json()["status"]))
        close_old_connections()
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in found} <= {201, 409}
    assert len({body for status, body in found if status == 201}) == 1
    assert MetricVersion.objects.count() == 1
    assert api.post("metrics", {"definition": MANUAL}, Idempotency_Key="race").status_code == 201


# --- ETags ----------------------------------------------------------------------------------------------------------


def test_what_is_known_is_not_sent_again(api: Program) -> None:
    first = api.get("metrics")
    again = api.get("metrics", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    api.post("metrics", {"definition": MANUAL})
    changed = api.get("metrics", If_None_Match=first["ETag"])
    assert changed.status_code == 200
    assert api.get("metrics", Accept_Language="zh-hans")["ETag"] != changed["ETag"]


def test_only_what_was_seen_is_replaced(api: Program) -> None:
    made = api.post("metrics", {"definition": MANUAL})
    new = {"definition": {**MANUAL, "direction": "down"}, "note": "Fewer wishes are better"}
    assert api.put("metrics/wishes", new).status_code == 428
    tag = api.get("metrics/wishes")["ETag"]
    replaced = api.put("metrics/wishes", new, If_Match=tag)
    assert (replaced.status_code, replaced.json()["version"]) == (200, 2)
    late = api.put("metrics/wishes", {"definition": MANUAL}, If_Match=tag)
    assert late.status_code == 412
    assert api.put("metrics/wishes", {"definition": MANUAL}, If_Match=made["ETag"]).status_code == 412
    assert api.put("metrics/wishes", {"definition": MANUAL}, If_Match=replaced["ETag"]).json()["version"] == 3
    assert [version["number"] for version in api.get("metrics/wishes/versions").json()["items"]] == [3, 2, 1]
    assert api.put("metrics/other", {"definition": MANUAL}, If_Match="*").status_code == 404
    renamed = api.put("metrics/wishes", {"definition": {**MANUAL, "key": "other"}}, If_Match="*")
    assert fields(renamed) == ["definition.key"]
    assert api.delete("metrics/wishes", If_Match=tag).status_code == 412
    assert api.delete("metrics/wishes").status_code == 204
    assert api.get("metrics").json()["items"] == []
    assert api.get("metrics?archived=true").json()["items"][0]["archived"] is True


# --- pages and limits -----------------------------------------------------------------------------------------------


def test_pages_follow_each_other_without_gap(api: Program) -> None:
    for number in range(7):
        assert api.post("metrics", {"definition": {**MANUAL, "key": f"m{number}"}}).status_code == 201
    found, path = [], "metrics?limit=3"
    while path:
        answer = api.get(path)
        page = answer.json()
        found.append([metric["key"] for metric in page["items"]])
        assert ("Link" in answer) == (page["next"] is not None)
        path = f"metrics?limit=3&cursor={page['next']}" if page["next"] else ""
    assert found == [["m0", "m1", "m2"], ["m3", "m4", "m5"], ["m6"]]


def test_uploads_and_runs_are_paged_newest_first(api: Program, revenue: str) -> None:
    for name in ("uploads", "runs"):
        api.send("a,b\n1,2\n", "other.csv", again="true")
        everything = [row["id"] for row in api.get(name).json()["items"]]
        first = api.get(f"{name}?limit=1").json()
        second = api.get(f"{name}?limit=1&cursor={first['next']}").json()
        assert [first["items"][0]["id"], second["items"][0]["id"]] == everything[:2]


def test_too_many_requests_are_told_how_long_to_wait(api: Program, program, ben, settings) -> None:
    settings.API_READS_PER_MINUTE, settings.API_WRITES_PER_MINUTE = 3, 2
    answers = [api.get("me") for _ in range(5)]
    assert 429 in {answer.status_code for answer in answers}
    refused = answers[-1]
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(refused["Retry-After"]) <= 61
    assert program(ben.actor).get("me").status_code == 200, "each key is counted for itself"
    written = [api.post("validate", {"definition": MANUAL}).status_code for _ in range(4)]
    assert written[0] == 200, "writing is counted apart"
    assert written[-1] == 429


def test_columns_are_named_once_and_not_for_what_is_there(api: Program, orders: str, run_work) -> None:
    late = api.post(f"uploads/{orders}/columns", {"name": "Two", "key": "two", "columns": COLUMNS})
    assert late.status_code == 409
    sent = api.send("day,store,amount\n2026-05-01,North,3\n", "may.csv").json()
    run_work()
    told = {"dataset": "orders", "columns": COLUMNS, "name": "New name"}
    assert fields(api.post(f"uploads/{sent['id']}/columns", told)) == ["name"]
