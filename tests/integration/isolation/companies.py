"""Two companies full of things, a suspended one, and everybody's session and keys: who asks for the URLs."""

from dataclasses import dataclass

from apps.accounts.domain.roles import Role

PEOPLE = {
    Role.OWNER: "ada", Role.ADMIN: "adi", Role.HR: "hana", Role.ANALYST: "ben",
    Role.MANAGER: "mia", Role.MEMBER: "max", Role.VIEWER: "cleo",
}  # fmt: skip
ANONYMOUS, STRANGER = "anonymous", "another company's owner"


@dataclass
class World:
    """Two companies full of things, a suspended one, and everybody's session."""

    acme: object
    borealis: object
    suspended: object
    sessions: dict[str, str]
    keys: dict[str, dict[bool, str]]
    operator: str

    @property
    def markers(self) -> dict[str, bytes]:
        return {seed.workspace.slug: seed.marker.encode() for seed in (self.acme, self.borealis, self.suspended)}


def planted() -> World:
    """Make them, and sign everybody in."""
    from django.contrib.auth import get_user_model

    from apps.workspaces import services
    from apps.workspaces.models import Workspace
    from apps.workspaces.scope import inside
    from tests.cast import address_of, new_company
    from tests.integration.isolation.seeds import plant

    users = get_user_model().objects
    services.open_workspace(wanted=new_company("cygnus", owner="Gus"))
    seeds, sessions, keys = {}, {}, {}
    for slug, owner in (("acme", "ada"), ("borealis", "dora"), ("cygnus", "gus")):
        workspace = Workspace.objects.get(slug=slug)
        with inside(workspace):
            actor = users.get(email=address_of(owner, slug)).actor
        seeds[slug] = plant(workspace, actor)
    for role, name in PEOPLE.items():
        with inside(seeds["acme"].workspace):
            sessions[role] = _session_of(users.get(email=address_of(name)), "PersonBackend")
            keys[role] = _keys_of(users.get(email=address_of(name)))
    with inside(seeds["borealis"].workspace):
        sessions[STRANGER] = _session_of(users.get(email=address_of("dora", "borealis")), "PersonBackend")
        keys[STRANGER] = _keys_of(users.get(email=address_of("dora", "borealis")))
    operator = _session_of(users.create_superuser("root@lodestar.test", "operators-password"), "OperatorBackend")
    services.suspend(seeds["cygnus"].workspace)
    return World(seeds["acme"], seeds["borealis"], seeds["cygnus"], sessions, keys, operator)


def _session_of(user, backend: str) -> str:
    """Sign somebody in where we are, and give their session's key."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = f"apps.accounts.backends.{backend}"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def _keys_of(user) -> dict[bool, str]:
    """Two keys of somebody's: for pay (True), and for all the rest."""
    from apps.api.domain.scopes import GENERAL, PAY
    from apps.api.services import make_key

    both = {True: PAY, False: GENERAL}
    return {
        of_pay: make_key(actor=user.actor, name="matrix", scopes=scopes, days=1)[1] for of_pay, scopes in both.items()
    }
