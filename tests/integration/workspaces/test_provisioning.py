"""A workspace is made once, whole, and whatever dies on the way."""

import difflib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.db import connection, connections
from django.db.models.functions import Now

from apps.workspaces import services, tasks
from apps.workspaces.models import Address, Domain, SignUp, TemplateSnapshot, Workspace
from apps.workspaces.postgresql import dump, roles
from apps.workspaces.postgresql.owner import as_owner
from apps.workspaces.scope import inside
from apps.workspaces.services import provisioning
from apps.workspaces.services.finder import digest_of
from apps.workspaces.services.signing_up import UsedLink, link_token
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting() -> Workspace:
    """A confirmed sign-up whose workspace has still to be set up."""
    row = services.sign_up(wanted=cast.new_company("nova", "Nova", "Nora"), caller="192.0.2.1")
    return services.confirm(link_token(row))


def check_is_whole(workspace: Workspace) -> None:
    workspace.refresh_from_db()
    assert workspace.status == Workspace.Status.ACTIVE
    assert workspace.reason == ""
    assert Domain.objects.get(tenant=workspace).domain == "nova.localhost"
    assert Address.objects.filter(workspace=workspace, digest=digest_of("Nora@nova.test")).count() == 1
    assert SignUp.objects.get(workspace=workspace).password_hash == ""
    with inside(workspace):
        user = get_user_model().objects.get()
        assert (user.email, user.name, user.roles) == ("nora@nova.test", "Nora", ["owner"])
        assert user.check_password(cast.PASSWORD)
        assert user.emailaddress_set.get(verified=True, primary=True).email == user.email


def test_the_worker_makes_everything(waiting):
    tasks.provision(str(waiting.pk))
    check_is_whole(waiting)
    tasks.provision(str(waiting.pk))
    check_is_whole(waiting)


def test_the_sweep_finds_what_nobody_was_woken_for(waiting, monkeypatch):
    woken = []
    monkeypatch.setattr(services, "wake", lambda task, **kwargs: woken.append((task, kwargs)))
    tasks.sweep()
    assert ("workspaces.provision", {"workspace": str(waiting.pk)}) in woken
    services.provision(waiting.pk)
    woken.clear()
    tasks.sweep()
    assert not [task for task, _ in woken if task == "workspaces.provision"]


def differences(replayed: str, migrated: str) -> str:
    lines = difflib.unified_diff(replayed.splitlines(), migrated.splitlines(), "replayed", "migrated", lineterm="")
    return "\n".join(lines)


def _schema_dump(schema: str) -> str:
    """Tables, constraints, indexes, sequences and rights of a schema as SQL, without its name."""
    pg_dump = dump.find_pg_dump(connection.connection.info.server_version)
    argv = [pg_dump, "--schema", schema, "--schema-only", "--restrict-key=x"]
    made = subprocess.run(argv, env=dump._environment(), capture_output=True, text=True, check=True)
    return made.stdout.replace(schema, "SCHEMA")


def test_what_a_function_says_is_no_setting_of_the_dump():
    body = ["    SET search_path = own;", "", "-- why", "SET work_mem = '1MB';"]
    lines = [
        "SET row_security = off;",
        "CREATE FUNCTION f() AS $_$",
        *body,
        "$_$;",
        "",
        "-- Name: t",
        "CREATE TABLE t ();",
    ]
    assert list(dump._ours(lines)) == ["CREATE FUNCTION f() AS $_$", *body, "$_$;", "CREATE TABLE t ();"]


def test_migrations_recorded_are_the_templates(acme):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {acme.schema_name}.django_migrations ORDER BY id")  # noqa: S608
        theirs = cursor.fetchall()
        cursor.execute("SELECT app, name FROM template.django_migrations ORDER BY id")
        assert theirs == cursor.fetchall()


def test_without_the_templates_sql_migrations_make_the_same_schema(waiting, acme):
    """By pg_dump, names apart: Django's migrations from nothing against the replay of the template's SQL."""
    with as_owner():
        kept = list(TemplateSnapshot.objects.all())
        TemplateSnapshot.objects.all().delete()
    try:
        assert services.provision(waiting.pk)
    finally:
        with as_owner():
            TemplateSnapshot.objects.bulk_create(kept)
    check_is_whole(waiting)
    with as_owner(), connection.cursor():
        replayed, migrated = (_schema_dump(workspace.schema_name) for workspace in (acme, waiting))
    assert replayed.count("CREATE TABLE") > 15
    assert not differences(replayed, migrated)


STEPS = ["roles.open_schema", "seat_owner", "register_address", "_open"]


@pytest.mark.parametrize("step", STEPS)
def test_a_failing_step_is_told_and_tried_again(waiting, monkeypatch, step):
    def fail(*args: object) -> None:
        raise ConnectionError("the cable was pulled")

    with monkeypatch.context() as broken:
        target, name = (roles, "open_schema") if step.startswith("roles") else (provisioning, step)
        broken.setattr(target, name, fail)
        assert not services.provision(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.status == Workspace.Status.PROVISIONING
    assert "the cable was pulled" in waiting.reason
    assert services.due() == [], "a little later, not at once"
    assert not services.provision(waiting.pk)
    _lease_runs_out(waiting)
    assert services.due() == [str(waiting.pk)]
    assert services.provision(waiting.pk)
    check_is_whole(waiting)


def test_five_failures_park_it_with_the_reason(waiting, monkeypatch, public_client):
    with monkeypatch.context() as broken:
        broken.setattr(provisioning, "seat_owner", lambda workspace: 1 / 0)
        for _ in range(5):
            assert not services.provision(waiting.pk)
            _lease_runs_out(waiting)
    waiting.refresh_from_db()
    assert waiting.parked_at is not None
    assert "ZeroDivisionError" in waiting.reason
    assert services.due() == []
    assert not services.provision(waiting.pk)
    services.try_again(waiting)
    assert services.provision(waiting.pk)
    check_is_whole(waiting)


def test_a_worker_that_always_dies_parks_it(waiting):
    Workspace.objects.filter(pk=waiting.pk).update(attempt=5, lease_until=Now())
    assert not services.provision(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.parked_at is not None
    assert waiting.reason


KILLED_AT = """
import os, signal, django
django.setup()
from apps.workspaces.postgresql import roles
from apps.workspaces.services import provisioning
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
setattr({target}, "{name}", die)
provisioning.provision("{workspace}")
"""


@pytest.mark.parametrize(
    ("target", "name"), [("roles", "open_schema"), ("provisioning", "seat_owner"), ("provisioning", "_open")]
)
def test_kill_nine_in_the_middle_is_made_good(waiting, target, name):
    code = KILLED_AT.format(target=target, name=name, workspace=waiting.pk)
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "LODESTAR_WORK_LEASE_SECONDS": "2"}
    killed = subprocess.run([sys.executable, "-c", code], env=env, cwd=settings.BASE_DIR, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    waiting.refresh_from_db()
    assert waiting.attempt == 1
    assert not services.provision(waiting.pk), "the lease of the dead worker still holds"
    deadline = time.monotonic() + 10
    while not services.due() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert services.provision(waiting.pk)
    check_is_whole(waiting)


def test_a_slow_worker_that_was_overtaken_writes_nothing(waiting, monkeypatch):
    slow = provisioning._claim(waiting.pk)
    _lease_runs_out(waiting)
    assert services.provision(waiting.pk)
    monkeypatch.setattr(provisioning, "_claim", lambda workspace_id: slow)
    assert not services.provision(waiting.pk)
    check_is_whole(waiting)


def test_two_workers_at_once_make_one(waiting):
    results = _at_once(lambda: services.provision(waiting.pk))
    assert sorted(results) == [False, True]
    check_is_whole(waiting)


def test_two_confirmations_at_once_make_one_workspace():
    row = services.sign_up(wanted=cast.new_company("nova", "Nova", "Nora"), caller="192.0.2.1")
    token = link_token(row)
    results = _at_once(lambda: services.confirm(token))
    assert sorted(type(result).__name__ for result in results) == ["UsedLink", "Workspace"]
    assert Workspace.objects.filter(slug="nova").count() == 1
    with pytest.raises(UsedLink):
        services.confirm(token)


def test_the_first_person_is_taken_straight_in_once(waiting, public_client, client_on):
    session = public_client.session
    session["opening"] = [str(waiting.pk), int(time.time())]
    session.save()
    assert services.provision(waiting.pk)
    answer = public_client.get(f"/preparing/{waiting.pk}/", headers={"HX-Request": "true"})
    url = answer.headers["HX-Redirect"]
    assert url.startswith("http://nova.localhost:8000/enter/")
    path = url.removeprefix("http://nova.localhost:8000")
    newcomer = client_on(waiting)
    assert newcomer.get(path).status_code == 302
    with inside(waiting):
        owner = get_user_model().objects.get()
        assert newcomer.session["_auth_user_id"] == str(owner.pk)
    assert newcomer.get("/account/email/").status_code in (200, 302)
    again = client_on(waiting).get(path)
    assert again.url.startswith("/account/login/")
    asked_meanwhile = public_client.get(f"/preparing/{waiting.pk}/").url
    assert "/enter/" in asked_meanwhile
    assert asked_meanwhile != url
    session = public_client.session
    session["opening"] = [session["opening"][0], session["opening"][1] - 31]
    session.save()
    assert public_client.get(f"/preparing/{waiting.pk}/").url == "http://nova.localhost:8000/"


def test_a_pass_is_worth_nothing_elsewhere_or_later(waiting, acme, monkeypatch):
    assert services.provision(waiting.pk)
    waiting.refresh_from_db()
    secret = services.issue_pass(waiting)
    assert services.redeem_pass(acme, secret) is None
    assert services.redeem_pass(waiting, secret + "x") is None
    assert services.redeem_pass(waiting, secret).email == "nora@nova.test"
    assert services.redeem_pass(waiting, secret) is None
    from datetime import timedelta

    from apps.workspaces.models import EntryPass

    late = services.issue_pass(waiting)
    EntryPass.objects.update(expires_at=Now() - timedelta(seconds=1))
    assert services.redeem_pass(waiting, late) is None


def test_the_owner_can_sign_in_by_password(waiting):
    assert services.provision(waiting.pk)
    with inside(waiting):
        assert authenticate(None, email="nora@nova.test", password=cast.PASSWORD) is not None
    assert authenticate(None, email="nora@nova.test", password=cast.PASSWORD) is None, "nobody on the public host"


def test_no_schema_from_half_a_template(waiting):
    """While a migration run holds its lock, setting up waits, and gives up in time to be tried again."""
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [provisioning.MIGRATION_LOCK])
        thread_result = []
        worker = threading.Thread(
            target=lambda: thread_result.append(_in_thread(lambda: services.provision(waiting.pk)))
        )
        worker.start()
        worker.join(1.0)
        assert worker.is_alive(), "it waits"
        cursor.execute("SELECT pg_advisory_unlock(%s)", [provisioning.MIGRATION_LOCK])
    worker.join(20)
    assert thread_result == [True]
    check_is_whole(waiting)


def _lease_runs_out(workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(lease_until=Now())


def _in_thread(act):
    try:
        return act()
    except Exception as error:
        return error
    finally:
        connections.close_all()


def _at_once(act) -> list:
    """Do the same in two threads, each with a connection of its own, at the same time."""
    barrier, results = threading.Barrier(2), []

    def run() -> None:
        connection.ensure_connection()
        barrier.wait()
        results.append(_in_thread(act))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
