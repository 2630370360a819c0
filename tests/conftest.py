"""Real servers, real roles, real schemas. A test that asks for the database runs in a transaction that is undone.

The connection is the product's own: the login that owns nothing, behind the role wall. `transaction=True` tests commit;
after each of them the cast is made anew.
"""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.test import Client, TransactionTestCase
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

from tests import servers as session_servers

hypothesis_settings.register_profile("patient", deadline=None)  # a busy machine is no fault of the product
hypothesis_settings.load_profile("patient")

# --- order ----------------------------------------------------------------------------------------------------------

LONG = (
    "journeys/test_pages.py", "isolation/test_url_matrix.py", "demo/test_demo_seed.py", "journeys/test_kill.py",
    "api/test_api_schemathesis.py", "engine/test_engine_spark.py", "journeys/test_director.py", "devstack/test_up.py",
    "journeys/test_newcomer.py", "journeys/test_people.py", "journeys/test_quarter.py", "demo/test_demo_model.py",
    "metrics/test_metrics_incremental.py", "metrics/test_metrics_every_kind.py", "metrics/test_metrics_money.py",
    "metrics/test_metrics_compute_again.py", "choosing/test_choosing_library.py", "evidence/test_forecasts.py",
    "workspaces/test_provisioning.py", "visual/test_gallery.py",
)  # fmt: skip
"""Files that take half a minute or more, the longest first: the last ones to be begun are short, so that no process
sits idle while another has a long one left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, everything else in its order."""
    items.sort(
        key=lambda item: next((at for at, end in enumerate(LONG) if item.path.as_posix().endswith(end)), len(LONG))
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Files stay together, and the journeys with them."""
    from tests.scheduling import Scheduling

    return Scheduling(config, log)


# --- servers and schemas --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def servers() -> Iterator[object]:
    """PostgreSQL and Valkey of this session."""
    yield session_servers.start()
    connections.close_all()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    session_servers.stop()


@pytest.fixture(scope="session")
def django_db_setup(servers: object, django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Migrate as the owner and open the two workspaces of the cast, by the code that does so for people."""
    from apps.workspaces.services.migrating import migrate_everything
    from tests import cast

    connection.features.__dict__["supports_transactions"] = True  # Django finds out by making a table; we may not
    TransactionTestCase._fixture_teardown = lambda self: cast.rebuild()
    with django_db_blocker.unblock():
        report = migrate_everything()
        assert not report.failed, report.failed
        cast.make()
        cast.keep()


@pytest.fixture(autouse=True)
def _clean_start(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that uses the database begins and ends in the public schema, with an empty cache and empty queues."""
    if not {"db", "transactional_db", "_django_db_helper"} & set(
        request.fixturenames
    ) and not request.node.get_closest_marker("django_db"):
        yield
        return
    from django.core.cache import cache

    from apps.common import shelf

    request.getfixturevalue("django_db_setup")
    connection.set_schema_to_public()
    cache.clear()
    shelf.forget_here()
    yield
    connection.set_schema_to_public()


# --- companies ------------------------------------------------------------------------------------------------------


@pytest.fixture
def acme(db: None):
    """The workspace of Ada and her colleagues."""
    return _workspace("acme")


@pytest.fixture
def borealis(db: None):
    """Dora's workspace: whatever is done in `acme` must not be seen here."""
    return _workspace("borealis")


@pytest.fixture
def in_acme(acme):
    """`acme`, entered."""
    from apps.workspaces.scope import inside

    with inside(acme):
        yield acme


def _workspace(slug: str):
    from apps.workspaces.models import Workspace
    from apps.workspaces.scope import in_public

    with in_public():
        return Workspace.objects.get(slug=slug)


# --- people ---------------------------------------------------------------------------------------------------------


def _person(name: str) -> Callable:
    def fixture(in_acme):
        from django.contrib.auth import get_user_model

        from tests.cast import address_of

        return get_user_model().objects.get(email=address_of(name))

    fixture.__doc__ = f"{name} of `acme`, which is entered."
    return pytest.fixture(name=name.lower())(fixture)


ada, ben, mia, cleo = _person("Ada"), _person("Ben"), _person("Mia"), _person("Cleo")
hana, max_, adi = _person("Hana"), _person("Max"), _person("Adi")


@pytest.fixture
def dora(borealis):
    """Owner of `borealis`, which is not entered."""
    from django.contrib.auth import get_user_model

    from apps.workspaces.scope import inside

    with inside(borealis):
        return get_user_model().objects.get()


@pytest.fixture
def actor(ada):
    """Ada as an actor."""
    return ada.actor


# --- browsers -------------------------------------------------------------------------------------------------------


class HostClient(Client):
    """Django's test client for one host, which leaves the test in the schema in which it was."""

    def __init__(self, host: str = "localhost", **kwargs: object) -> None:
        super().__init__(HTTP_HOST=host, **kwargs)
        self.host = host

    def request(self, **request: object):
        before = connection.tenant
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(before, include_public=False)


@pytest.fixture
def public_client(db: None) -> HostClient:
    """A browser on the public host."""
    return HostClient()


@pytest.fixture
def client_on(db: None) -> Callable[..., HostClient]:
    """`client_on(workspace)`: a browser on that workspace's host, nobody signed in."""

    def make(workspace, **kwargs: object) -> HostClient:
        from apps.workspaces.addresses import host_of

        return HostClient(host_of(workspace.slug), **kwargs)

    return make


@pytest.fixture
def client_of(client_on) -> Callable[..., HostClient]:
    """`client_of(user)`: a browser signed in as a person of the workspace that is entered (or of the one given)."""

    def make(user, workspace=None) -> HostClient:
        from apps.workspaces.scope import current_workspace, inside

        workspace = workspace or current_workspace()
        client = client_on(workspace)
        with inside(workspace):
            client.force_login(user, backend="apps.accounts.backends.PersonBackend")
        return client

    return make


# --- work -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def run_work(in_acme) -> Callable[[], int]:
    """`run_work()`: do everything that is due in `acme`, here and now; how many pieces that were."""

    def run() -> int:
        from apps.work.services import run_due

        total = 0
        while done := run_due():
            total += done
        return total

    return run
