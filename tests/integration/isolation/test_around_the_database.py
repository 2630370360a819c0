"""Isolation of what stands beside the database: tasks, cache, sessions, cookies, logs, hosts."""

import logging

import pytest
from celery import shared_task
from django.core.cache import cache
from django.db import connection
from django.test import override_settings

from apps.workspaces.logs import WorkspaceFilter
from apps.workspaces.models import Workspace
from apps.workspaces.scope import NoWorkspace, WorkspaceTask, current_workspace, in_public, inside
from tests.conftest import HostClient

pytestmark = pytest.mark.django_db


@shared_task(base=WorkspaceTask, name="tests.where")
def where() -> str:
    return f"{connection.schema_name} {current_workspace().slug}"


class TestTasks:
    def test_a_task_runs_in_the_workspace_it_names(self, acme, borealis):
        assert where(workspace=str(acme.pk)) == f"{acme.schema_name} acme"
        assert where(workspace=str(borealis.pk)) == f"{borealis.schema_name} borealis"
        assert connection.schema_name == "public"

    @pytest.mark.parametrize("kwargs", [{}, {"workspace": None}, {"workspace": ""}])
    def test_a_task_without_a_workspace_refuses(self, in_acme, kwargs):
        with pytest.raises(NoWorkspace):
            where(**kwargs)

    def test_a_task_of_an_unknown_workspace_refuses(self):
        with pytest.raises(NoWorkspace):
            where(workspace="00000000-0000-0000-0000-000000000000")

    @pytest.mark.parametrize("status", ["provisioning", "suspended", "closing", "closed"])
    def test_a_task_of_a_workspace_out_of_use_refuses(self, acme, status):
        Workspace.objects.filter(pk=acme.pk).update(status=status)
        with pytest.raises(NoWorkspace):
            where(workspace=str(acme.pk))

    def test_a_failing_task_leaves_the_workspace(self, acme):
        @shared_task(base=WorkspaceTask, name="tests.fails")
        def fails() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fails(workspace=str(acme.pk))
        assert connection.schema_name == "public"

    def test_nothing_is_current_on_the_public_host(self, acme):
        with pytest.raises(NoWorkspace):
            current_workspace()
        with inside(acme), in_public(), pytest.raises(NoWorkspace):
            current_workspace()


class TestCache:
    def test_keys_carry_their_workspace(self, acme, borealis):
        with inside(acme):
            cache.set("answer", "acme's")
        with inside(borealis):
            assert cache.get("answer") is None
            cache.set("answer", "borealis's")
        assert cache.get("answer") is None
        with inside(acme):
            assert cache.get("answer") == "acme's"

    def test_the_stored_key_begins_with_the_schema(self, acme):
        from apps.workspaces.services.throttle import _valkey

        with inside(acme):
            cache.set("seen", 1)
        assert [key for key in _valkey().keys("*seen") if key.decode().startswith(acme.schema_name + ":")]


class TestSessions:
    def test_a_session_is_worth_nothing_on_another_host(self, ada, client_of, client_on, borealis):
        hers = client_of(ada)
        assert hers.get("/account/email/").status_code == 200
        elsewhere = client_on(borealis)
        elsewhere.cookies.load(hers.cookies.output(header=""))
        assert elsewhere.get("/account/email/").status_code == 302, "sent to sign in"
        public = HostClient()
        public.cookies.load(hers.cookies.output(header=""))
        assert public.get("/operators/").status_code == 302
        assert hers.get("/account/email/").status_code == 200

    def test_a_session_row_copied_to_another_workspace_signs_nobody_in(self, ada, client_of, client_on, borealis):
        """Even if it were there: people's ids and the keys of their passwords are the workspace's own."""
        from django.contrib.sessions.models import Session

        hers = client_of(ada)
        row = Session.objects.get(pk=hers.cookies["lodestar_session"].value)
        with inside(borealis):
            Session.objects.create(pk=row.pk, session_data=row.session_data, expire_date=row.expire_date)
        elsewhere = client_on(borealis)
        elsewhere.cookies.load(hers.cookies.output(header=""))
        assert elsewhere.get("/account/email/").status_code == 302

    def test_cookies_belong_to_one_host(self, ada, client_of):
        client = client_of(ada)
        client.get("/account/email/")
        assert {cookie["domain"] or "" for cookie in client.cookies.values()} == {""}


class TestHosts:
    @pytest.mark.parametrize("host", ["nobody.localhost", "acme.localhost.evil.test", "acme.evil.test", "acme", "a..b"])
    def test_unknown_hosts_get_one_answer(self, acme, host):
        answer = HostClient(host).get("/", headers={"Accept-Language": "en"})
        assert answer.status_code == 404
        assert "no company at this address" in answer.content.decode()
        assert "http://localhost:8000/find/" in answer.content.decode()

    @pytest.mark.parametrize("host", ["ACME.localhost", "acme.localhost:9999", "acme.localhost."])
    def test_a_host_is_the_same_in_any_spelling(self, acme, host):
        assert HostClient(host).get("/account/login/").status_code == 200

    def test_a_forwarded_host_is_not_believed(self, acme):
        answer = HostClient("localhost").get("/", headers={"X-Forwarded-Host": "acme.localhost"})
        assert "landing-hero" in answer.content.decode()

    def test_public_pages_are_not_on_a_workspaces_host(self, acme, client_on):
        for path in ("/signup/", "/find/", "/operators/"):
            assert client_on(acme).get(path).status_code in (302, 404), path
            assert "id_slug" not in client_on(acme).get(path).content.decode()

    def test_workspace_pages_are_not_on_the_public_host(self, public_client):
        for path in ("/account/login/", "/data/", "/metrics/", "/people/", "/enter/x/"):
            assert public_client.get(path).status_code == 404, path

    def test_after_a_request_the_public_schema_is_entered(self, acme):
        client = HostClient("acme.localhost")
        super(HostClient, client).get("/account/login/")
        assert connection.schema_name == "public"

    def test_the_connection_is_left_clean_by_an_error(self, acme, monkeypatch):
        from apps.workspaces import middleware

        monkeypatch.setattr(middleware.WorkspaceMiddleware, "route", lambda *args: 1 / 0)
        client = HostClient("acme.localhost", raise_request_exception=False)
        with override_settings(DEBUG=False):
            client.get("/account/login/")
        assert connection.schema_name == "public"


def test_log_lines_name_the_schema(acme):
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "said", None, None)
    with inside(acme):
        assert WorkspaceFilter().filter(record)
    assert record.workspace == acme.schema_name
