"""The people and companies of the tests, made by the real set-up in the real schemas."""

from django.contrib.auth import get_user_model
from django.db import connection, connections

from apps.workspaces.domain.company import Calendar, NewCompany
from apps.workspaces.models import Workspace
from apps.workspaces.postgresql import roles
from apps.workspaces.postgresql.owner import as_owner
from apps.workspaces.scope import inside
from apps.workspaces.services import open_workspace
from tests import servers

PASSWORD = "north-star-2026"
SHANGHAI = Calendar(time_zone="Asia/Shanghai", currency="CNY")
COMPANIES = {"acme": ("Acme", "Ada"), "borealis": ("Borealis", "Dora")}
COLLEAGUES = {
    "Ben": "analyst",
    "Mia": "manager",
    "Cleo": "viewer",
    "Hana": "hr",
    "Max": "member",
    "Adi": "admin",
}


def address_of(name: str, slug: str = "acme") -> str:
    return f"{name.lower()}@{slug}.test"


def new_company(slug: str, name: str = "", owner: str = "Olga", **fields: object) -> NewCompany:
    """A company that is ready to sign up."""
    told = {
        "company": name or slug.title(), "slug": slug, "email": address_of(owner, slug), "person_name": owner,
        "password": PASSWORD, "language": "en", "calendar": SHANGHAI,
    }  # fmt: skip
    return NewCompany(**(told | fields))


def make() -> None:
    """Open both workspaces and let Ada's colleagues in."""
    for slug, (name, owner) in COMPANIES.items():
        open_workspace(wanted=new_company(slug, name, owner))
    with inside(Workspace.objects.get(slug="acme")):
        for name, role in COLLEAGUES.items():
            join(name, role)


def join(name: str, role: str, slug: str = "acme") -> None:
    """Let somebody into the workspace that is entered, their address confirmed."""
    from allauth.account.models import EmailAddress

    user = get_user_model().objects.create_user(address_of(name, slug), PASSWORD, name=name, roles=[role])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def keep() -> None:
    """Keep both workspaces as they are now, for `rebuild`."""
    _disconnect()
    servers.keep_database()


def rebuild() -> None:
    """After a test that committed: the database as it was kept, the roles of its schemas, and no others."""
    _disconnect()
    servers.restore_database()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'w\_%'")
        kept = {name for (name,) in cursor.fetchall()}
        cursor.execute(r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'w\_%'")
        for role in {name for (name,) in cursor.fetchall()} - kept:
            roles.drop_schema(cursor, role)
        for role in kept:
            roles.ensure_role(cursor, role)


def _disconnect() -> None:
    """Let go of every connection of this process."""
    connections.close_all()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
