"""The operators' console on the public host."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside
from tests.conftest import HostClient

pytestmark = pytest.mark.django_db
PASSWORD = "polar-lights-2026"
LIST = "/operators/workspaces/workspace/"


@pytest.fixture
def operator(monkeypatch, db):
    monkeypatch.setenv("LODESTAR_OPERATOR_PASSWORD", PASSWORD)
    call_command("create_operator", "Olaf@Lodestar.test", "--name", "Olaf")
    return get_user_model().objects.get(email="olaf@lodestar.test")


@pytest.fixture
def console(operator) -> HostClient:
    client = HostClient()
    answer = client.post("/operators/login/?next=/operators/", {"username": "olaf@lodestar.test", "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def act(console: HostClient, action: str, *workspaces: Workspace) -> str:
    answer = console.post(
        LIST, {"action": action, "_selected_action": [str(workspace.pk) for workspace in workspaces]}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_list_filters_and_search(console, acme, borealis):
    page = console.get(LIST).content.decode()
    assert "Acme" in page
    assert "Borealis" in page
    assert "Borealis" not in console.get(LIST + "?q=acme").content.decode().split('id="result_list"')[1]
    assert console.get(LIST + "?status__exact=suspended").content.decode().count('class="field-slug"') == 0
    one = console.get(f"{LIST}{acme.pk}/change/").content.decode()
    assert acme.schema_name in one
    assert 'name="_save"' not in one


def test_failed_migrations_and_given_up_setups_are_seen(console, acme, borealis):
    Workspace.objects.filter(pk=acme.pk).update(behind_since=Now(), behind_reason="accounts.0002: lock timeout")
    Workspace.objects.filter(pk=borealis.pk).update(parked_at=Now(), reason="the disk is full")
    page = console.get(LIST).content.decode()
    assert "Update failed: accounts.0002: lock timeout" in page
    assert "Setting up was given up: the disk is full" in page
    assert "Borealis" not in console.get(LIST + "?trouble=behind").content.decode().split('id="result_list"')[1]
    assert "Acme" not in console.get(LIST + "?trouble=setup").content.decode().split('id="result_list"')[1]


def test_actions_go_through_the_services(console, operator, acme, borealis):
    assert "Acme: suspended" in act(console, "suspend", acme)
    acme.refresh_from_db()
    assert acme.status == "suspended"
    both = act(console, "suspend", acme, borealis)
    assert "cannot become" in both
    assert "Borealis: suspended" in both
    act(console, "reactivate", acme)
    acme.refresh_from_db()
    assert acme.status == "active"
    act(console, "start_closing", borealis)
    borealis.refresh_from_db()
    assert borealis.status == "closing"
    assert LogEntry.objects.filter(user=operator, object_id=str(acme.pk)).count() == 2


def test_setting_up_can_be_tried_again(console, acme):
    Workspace.objects.filter(pk=acme.pk).update(status="provisioning", attempt=5, parked_at=Now(), reason="x")
    act(console, "provision_again", acme)
    acme.refresh_from_db()
    assert (acme.attempt, acme.parked_at, acme.reason) == (0, None, "")


def test_nothing_can_be_added_changed_or_deleted_by_hand(console, acme):
    assert console.get(LIST + "add/").status_code == 403
    assert console.post(f"{LIST}{acme.pk}/delete/", {"post": "yes"}).status_code == 403
    assert console.post(f"{LIST}{acme.pk}/change/", {"name": "Stolen"}).status_code == 403
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_sign_ups_are_shown_without_secrets(console):
    from apps.workspaces.models import SignUp

    row = SignUp.objects.first()
    page = console.get(f"/operators/workspaces/signup/{row.pk}/change/").content.decode()
    assert row.company in page
    assert "password" not in page.split("<main")[-1].lower()


def test_the_console_is_for_operators_only(public_client, acme, ada, client_of):
    assert public_client.get(LIST).status_code == 302
    answer = public_client.post("/operators/login/", {"username": "ada@acme.test", "password": "north-star-2026"})
    assert answer.status_code == 200, "people of a workspace are not operators"
    hers = HostClient()
    hers.cookies.load(client_of(ada).cookies.output(header=""))
    assert hers.get(LIST).status_code == 302


def test_an_operator_is_nobody_in_a_workspace(operator, acme, client_on):
    answer = client_on(acme).post("/account/login/", {"login": "olaf@lodestar.test", "password": PASSWORD})
    assert answer.status_code == 200
    with inside(acme):
        assert not get_user_model().objects.filter(is_staff=True).exists()


def test_weak_passwords_and_wrong_addresses_are_refused(monkeypatch):
    monkeypatch.setenv("LODESTAR_OPERATOR_PASSWORD", "12345")
    with pytest.raises(CommandError, match="too short"):
        call_command("create_operator", "olaf@lodestar.test")
    monkeypatch.setenv("LODESTAR_OPERATOR_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="valid email"):
        call_command("create_operator", "olaf")
    assert not get_user_model().objects.exists()


def test_a_forgotten_password_is_replaced(operator, monkeypatch, capsys):
    monkeypatch.setenv("LODESTAR_OPERATOR_PASSWORD", "another-light-2026")
    call_command("create_operator", "olaf@lodestar.test")
    assert "new password" in capsys.readouterr().out
    operator.refresh_from_db()
    assert operator.check_password("another-light-2026")
    assert operator.name == "Olaf"
