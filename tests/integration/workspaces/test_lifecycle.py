"""Pausing, bringing back, ending: what the pages say, what is kept, and what is gone."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.kernel.issue import Refusal
from apps.workspaces import services
from apps.workspaces.domain.lifecycle import MAY_FOLLOW, State
from apps.workspaces.models import Address, Domain, SignUp, Workspace
from apps.workspaces.postgresql.owner import as_owner
from apps.workspaces.scope import inside
from apps.workspaces.services import lifecycle
from tests import cast

ACTS = {State.SUSPENDED: services.suspend, State.ACTIVE: services.reactivate, State.CLOSING: services.start_closing}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("provisioning", 503, "is being set up"),
        ("suspended", 403, "is paused"),
        ("closing", 410, "is closed"),
        ("closed", 410, "is closed"),
    ],
)
def test_pages_say_how_it_stands_whatever_is_asked_for(acme, client_on, status, code, said):
    Workspace.objects.filter(pk=acme.pk).update(status=status)
    for path in ("/", "/account/login/", "/no/such/page/", "/enter/x/"):
        for answer in (client_on(acme).get(path), client_on(acme).post(path)):
            assert answer.status_code == code
            assert said in answer.content.decode()
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_such_a_page_speaks_the_companys_language(acme, client_on):
    Workspace.objects.filter(pk=acme.pk).update(status="suspended", language="zh-hans")
    assert 'lang="zh-Hans"' in client_on(acme).get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("before", [State.ACTIVE, State.SUSPENDED, State.CLOSING, State.CLOSED])
@pytest.mark.parametrize("after", list(ACTS))
def test_only_allowed_steps_are_taken(acme, before, after):
    Workspace.objects.filter(pk=acme.pk).update(status=before.value)
    if after in MAY_FOLLOW[before]:
        ACTS[after](acme)
        acme.refresh_from_db()
        assert acme.status == after.value
    else:
        with pytest.raises(Refusal):
            ACTS[after](acme)
        acme.refresh_from_db()
        assert acme.status == before.value


@pytest.mark.django_db
def test_only_the_worker_ends_the_setting_up(acme):
    Workspace.objects.filter(pk=acme.pk).update(status="provisioning")
    for act in ACTS.values():
        with pytest.raises(Refusal):
            act(acme)


@pytest.fixture
def nova(transactional_db: None) -> Workspace:
    """A workspace that may be ended: those of the cast are kept for other tests, roles and all."""
    return services.open_workspace(wanted=cast.new_company("nova"))


@pytest.mark.django_db(transaction=True)
def test_closing_deletes_everything_but_the_name(nova, borealis, client_on):
    removed = []
    hook = lifecycle.on_close(lambda workspace: removed.append(workspace.slug))
    try:
        with pytest.raises(Refusal):
            services.close(nova)
        assert removed == []
        services.start_closing(nova)
        services.close(nova)
    finally:
        lifecycle._close_hooks.remove(hook)
    assert removed == ["nova"]
    nova.refresh_from_db()
    assert nova.status == "closed"
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [nova.schema_name])
        assert cursor.fetchone() is None
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [nova.schema_name])
        assert cursor.fetchone() is None
    assert not Address.objects.filter(workspace=nova).exists()
    assert not SignUp.objects.filter(workspace=nova).exists()
    assert Domain.objects.filter(tenant=nova).exists(), "its address is not given away"
    assert services.is_taken("nova")
    assert client_on(nova).get("/").status_code == 410
    with inside(borealis), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_user")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_closing_removes_its_files_and_nobody_elses(nova, borealis):
    from apps.datasets.models import root

    folders = []
    for workspace in (nova, borealis):
        with inside(workspace):
            folders.append(root())
        (folders[-1] / "uploads" / "x").mkdir(parents=True)
        (folders[-1] / "uploads" / "x" / "original").write_text("a,b\n1,2\n")
    services.start_closing(nova)
    services.close(nova)
    assert not folders[0].exists()
    assert (folders[1] / "uploads" / "x" / "original").exists()


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_fails_leaves_it_closing_and_it_can_be_tried_again(nova):
    failing = lifecycle.on_close(lambda workspace: 1 / 0)
    services.start_closing(nova)
    try:
        with pytest.raises(ZeroDivisionError):
            services.close(nova)
    finally:
        lifecycle._close_hooks.remove(failing)
    nova.refresh_from_db()
    assert nova.status == "closing"
    services.close(nova)
    assert nova.status == "closed"


@pytest.mark.django_db(transaction=True)
def test_the_command_asks_twice(nova, capsys):
    call_command("close_workspace", "nova")
    assert "To delete it" in capsys.readouterr().out
    call_command("close_workspace", "nova", "--delete")
    nova.refresh_from_db()
    assert nova.status == "closed"
    with pytest.raises(CommandError, match="cannot become"):
        call_command("close_workspace", "nova")
    with pytest.raises(CommandError, match="no workspace"):
        call_command("close_workspace", "nobody")
