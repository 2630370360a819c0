"""Every URL, by every method, for every role, on every host: exactly those whom the table names get in.

The list of URLs comes from the URLconf, what is expected from `url_table.py` and the table of permissions. A URL
without a line fails, and so does a line without a URL. No answer holds another company's words, whatever its status.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from apps.accounts.domain.roles import PERMISSIONS, Role
from apps.common.tables import XLSX
from tests.integration.isolation.asking import Answer, ask, path_of
from tests.integration.isolation.companies import ANONYMOUS, STRANGER, World, planted
from tests.integration.isolation.seeds import HOSTILE
from tests.integration.isolation.url_table import ANYONE, OPERATOR, PUBLIC, SIGNED_IN, WORKSPACE, Line
from tests.spreadsheets import cells_of, formulas_in

METHODS = ("GET", "POST")
LOGIN = "/account/login/"
FILES = (
    "accounts:changes_file", "drivers:export", "goals:export", "goals:review_file", "metrics:export",
    "pay:people_file", "scenarios:export", "targets:export", "targets:workbook_file",
)  # fmt: skip
"""Tables that people take with them; those that a worker writes first are in `datasets/test_planted.py`."""


# --- the URLs -------------------------------------------------------------------------------------------------------


def urls(patterns: list, namespace: str = "") -> Iterator[str]:
    """The names of all URLs below `patterns`; Django's admin counts as one."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}"
        elif pattern.app_name == "admin":
            yield "admin:*"
        else:
            yield from urls(
                pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )


@pytest.mark.parametrize(
    ("urlconf", "table"),
    [(settings.ROOT_URLCONF, WORKSPACE), (settings.PUBLIC_SCHEMA_URLCONF, PUBLIC)],
    ids=["workspace", "public"],
)
def test_the_table_has_a_line_for_every_url_and_no_other(urlconf: str, table: dict[str, Line]) -> None:
    there = set(urls(get_resolver(urlconf).url_patterns))
    assert not there - set(table), "add a line to tests/integration/isolation/url_table.py"
    assert not set(table) - there, "these lines stand for no URL any more"


@pytest.mark.parametrize("table", [WORKSPACE, PUBLIC], ids=["workspace", "public"])
def test_every_line_names_a_permission_that_exists(table: dict[str, Line]) -> None:
    known = {*PERMISSIONS, ANYONE, SIGNED_IN, OPERATOR, None}
    assert not {name for name, line in table.items() if {line.read, line.write} - known}
    assert not {name for name, line in table.items() if line.read is None and line.write is None}


# --- the companies --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """Planted once for all URLs; every request is undone, and at the end the cast is made anew."""
    from tests import cast

    with django_db_blocker.unblock():
        connection.set_schema_to_public()
        try:
            yield planted()
        finally:
            connection.set_schema_to_public()
            cast.rebuild()
            cache.clear()


# --- what is expected -----------------------------------------------------------------------------------------------


def may(role: Role, needed: str) -> bool:
    return needed in (ANYONE, SIGNED_IN) or role in PERMISSIONS[needed]


def wanted(line: Line, method: str, who: str) -> tuple[set[int], bool]:
    """The statuses a request to the own host should have, and whether a way to the sign-in page is one of them."""
    needed = line.read if method == "GET" else line.write
    opened = set(line.opened) if line.answers(method) else {405}
    needed = needed or line.write or line.read
    if needed == ANYONE:
        return opened, True
    if who in (ANONYMOUS, STRANGER):
        return ({401}, False) if line.api else ({302}, True)
    return (opened, line.to_sign_in) if may(Role(who), needed) else ({403}, False)


def check(answer: Answer, statuses: set[int], sign_in: bool) -> str:
    """What is wrong with an answer's status, in words; "" if nothing is."""
    if answer.status not in statuses:
        return f"{answer.status}, wanted {sorted(statuses)}"
    if statuses == {302} and sign_in and not answer.location.startswith(LOGIN):
        return f"leads to {answer.location}, wanted the sign-in page"
    if not sign_in and answer.location.startswith(LOGIN):
        return "leads to the sign-in page"
    return ""


def leaks(world: World, answer: Answer, own: str | None) -> str:
    """Which other company's word an answer holds."""
    return ", ".join(slug for slug, marker in world.markers.items() if slug != own and marker in answer.body)


def runs(answer: Answer) -> str:
    """What a browser or a spreadsheet would run of an answer, though it is only a name."""
    if answer.kind.startswith("text/html"):
        return "the image of a name" if b"<img src=x" in answer.body else ""
    is_table = answer.kind.startswith(("text/csv", XLSX)) and answer.status == 200
    return f"formulas: {formulas_in(answer.body)[:3]}" if is_table and formulas_in(answer.body) else ""


# --- the matrix -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WORKSPACE)
def test_on_the_own_host_roles_open_what_the_table_says(world: World, name: str) -> None:
    line, wrong = WORKSPACE[name], []
    path = path_of(name, line, world.acme, settings.ROOT_URLCONF)
    for method in METHODS:
        for who in (*Role, STRANGER, ANONYMOUS):
            answer = ask("acme.localhost", method, path, world.sessions.get(who), api=line.api)
            said = check(answer, *wanted(line, method, who))
            if leak := leaks(world, answer, "acme"):
                said = f"{said} holds words of {leak}"
            if said or (said := runs(answer)):
                wrong.append(f"{method} {path} as {who}: {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name, line in WORKSPACE.items() if set(line.ids) and line.foreign])
def test_what_is_another_companys_is_not_here(world: World, name: str) -> None:
    """Acme's owner (HR, where an owner may not) puts ids of Borealis into the address."""
    line, wrong = WORKSPACE[name], []
    asked = {PERMISSIONS[each] for each in (line.read, line.write) if each in PERMISSIONS}
    who = Role.OWNER if all(Role.OWNER in roles for roles in asked) else Role.HR
    if all(example.startswith("=") for example in line.ids.values()):
        return
    path = path_of(name, line, world.borealis, settings.ROOT_URLCONF)
    for method in METHODS:
        answer = ask("acme.localhost", method, path, world.sessions[who], api=line.api)
        statuses = set(line.foreign) if line.answers(method) else {405}
        leak = leaks(world, answer, "acme")
        if answer.status not in statuses or leak:
            wrong.append(f"{method} {path}: {answer.status}, wanted {sorted(statuses)} {leak}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", WORKSPACE)
def test_on_other_hosts_nobody_gets_in(world: World, name: str) -> None:
    line, wrong = WORKSPACE[name], []
    path = path_of(name, line, world.acme, settings.ROOT_URLCONF)
    for method in METHODS:
        for host, own, statuses in _elsewhere(line, method, path):
            for who in _tried_elsewhere(name, host):
                answer = ask(host, method, path, world.sessions.get(who), api=line.api)
                leak = leaks(world, answer, own)
                if answer.status not in statuses or leak:
                    wrong.append(f"{method} {host}{path} as {who}: {answer.status}, wanted {sorted(statuses)} {leak}")
    assert not wrong, "\n".join(wrong)


def _tried_elsewhere(name: str, host: str) -> tuple[str, ...]:
    """Who knocks at another host: the owner, who may do everything; at a company that is open also nobody, and one of
    the other roles in turn.

    A session is not known there, whoever's it is: each role tries a sixth of the URLs, all of them together every one.
    Where no company is open the host alone decides, before anybody is asked who they are.
    """
    others = [role for role in Role if role is not Role.OWNER]
    turn = list(WORKSPACE).index(name) % len(others)
    return (Role.OWNER, others[turn], ANONYMOUS) if host == "borealis.localhost" else (Role.OWNER,)


def _elsewhere(line: Line, method: str, path: str) -> Iterator[tuple[str, str | None, set[int]]]:
    """The other hosts, whose words their answers may hold, and the statuses that are right there."""
    yield "nobody.localhost", None, {404}
    yield "cygnus.localhost", "cygnus", {403}
    foreign = wanted(line, method, ANONYMOUS)[0]
    yield "borealis.localhost", "borealis", foreign | (set(line.foreign) if line.ids else set())
    if not _is_public(path):
        yield "localhost", None, {404}


def _is_public(path: str) -> bool:
    try:
        resolve(path.partition("?")[0], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    except Resolver404:
        return False
    return True


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, line in WORKSPACE.items() if line.api])
def test_keys_open_what_the_table_says_by_every_method(world: World, name: str) -> None:
    line, wrong = WORKSPACE[name], []
    path = path_of(name, line, world.acme, settings.ROOT_URLCONF)
    of_pay = str(line.read).startswith("pay.")
    if of_pay:
        general = ask("acme.localhost", "GET", path, key=world.keys[Role.OWNER][False], api=True)
        assert general.status == 403, "a key for figures carries no pay along"
    for method in (*METHODS, "PUT", "PATCH", "DELETE"):
        for who in (*Role, STRANGER, ANONYMOUS):
            answer = ask("acme.localhost", method, path, key=world.keys.get(who, {}).get(of_pay), api=True)
            said = check(answer, *wanted(line, method, who))
            if leak := leaks(world, answer, "acme"):
                said = f"{said} holds words of {leak}"
            if said:
                wrong.append(f"{method} {path} with the key of {who}: {said}")
        for host, statuses in (("borealis.localhost", {401}), ("cygnus.localhost", {403}), ("localhost", {404})):
            answer = ask(host, method, path, key=world.keys[Role.OWNER][of_pay], api=True)
            if answer.status not in statuses:
                wrong.append(f"{method} {host}{path} with a key of Acme: {answer.status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "admin:*"])
def test_public_pages_say_the_same_to_everybody(world: World, name: str) -> None:
    line, wrong = PUBLIC[name], []
    path = path_of(name, line, world.acme, settings.PUBLIC_SCHEMA_URLCONF)
    for method in METHODS:
        needed = line.read if method == "GET" else line.write
        for who, session in ((ANONYMOUS, None), (Role.OWNER, world.sessions[Role.OWNER]), (OPERATOR, world.operator)):
            answer = ask("localhost", method, path, session)
            statuses = set(line.opened) if needed else {405}
            leak = leaks(world, answer, None)
            if answer.status not in statuses or leak:
                wrong.append(f"{method} {path} as {who}: {answer.status}, wanted {sorted(statuses)} {leak}")
    assert not wrong, "\n".join(wrong)


def _console() -> list[str]:
    """Every address of the operators' console, with an example where one is needed."""
    from django.contrib import admin

    paths = [reverse(f"admin:{name}", urlconf=settings.PUBLIC_SCHEMA_URLCONF) for name in ("index", "password_change")]
    for model in admin.site._registry:
        info = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [reverse(f"{info}_{page}", urlconf=settings.PUBLIC_SCHEMA_URLCONF) for page in ("changelist", "add")]
        example = ["00000000-0000-0000-0000-000000000000"]
        paths += [
            reverse(f"{info}_{page}", args=example, urlconf=settings.PUBLIC_SCHEMA_URLCONF)
            for page in ("change", "delete", "history")
        ]
    return paths


def test_the_console_opens_to_operators_alone(world: World) -> None:
    wrong = []
    for path in _console():
        for method in METHODS:
            for who, session in ((ANONYMOUS, None), *((role, world.sessions[role]) for role in Role)):
                answer = ask("localhost", method, path, session)
                if answer.status != 302 or "/operators/login/" not in answer.location:
                    wrong.append(f"{method} {path} as {who}: {answer.status} {answer.location}")
            answer = ask("localhost", method, path, world.operator)
            if answer.status not in (200, 302, 403, 404) or "/operators/login/" in answer.location:
                wrong.append(f"{method} {path} as operator: {answer.status} {answer.location}")
            for host in ("acme.localhost", "nobody.localhost"):
                answer = ask(host, method, path, world.operator)
                if answer.status != 404:
                    wrong.append(f"{method} {host}{path} as operator: {answer.status}")
    assert not wrong, "\n".join(wrong)


# --- that the detector detects --------------------------------------------------------------------------------------


def test_pages_do_hold_the_own_word(world: World) -> None:
    """Or the search for foreign words would find nothing because there is nothing to find."""
    for name in (
        "accounts:people",
        "accounts:teams",
        "datasets:list",
        "metrics:list",
        "targets:list",
        "dashboards:home",
    ):
        path = reverse(name, urlconf=settings.ROOT_URLCONF)
        answer = ask("acme.localhost", "GET", path, world.sessions[Role.OWNER])
        page = answer.body.partition(b"</head>")[2]
        assert answer.status == 200
        assert world.acme.marker.encode() in page, name


@pytest.mark.parametrize("name", FILES)
def test_files_hold_hostile_names_as_text(world: World, name: str) -> None:
    """Or the search for formulas would find none because there is no name."""
    path = path_of(name, WORKSPACE[name], world.acme, settings.ROOT_URLCONF)
    answer = ask("acme.localhost", "GET", path, world.sessions[Role.HR if name.startswith("pay:") else Role.OWNER])
    assert answer.status == 200
    assert not runs(answer)
    assert any(HOSTILE in cell for line in cells_of(answer.body) for cell in line), name


def test_the_other_company_opens_its_own(world: World) -> None:
    """The ids that are refused at Acme are real ones."""
    for name, line in WORKSPACE.items():
        may = Role.OWNER in PERMISSIONS.get(line.read, ())  # who looks after Borealis is its owner, who prepares no pay
        if line.read not in (None, ANYONE, SIGNED_IN) and (may or line.read not in PERMISSIONS):
            path = path_of(name, line, world.borealis, settings.ROOT_URLCONF)
            answer = ask("borealis.localhost", "GET", path, world.sessions[STRANGER])
            assert answer.status in line.opened, f"{path}: {answer.status}"
            assert not leaks(world, answer, "borealis")


def test_every_request_is_undone(world: World) -> None:
    from django.contrib.auth import get_user_model

    from apps.workspaces.scope import inside

    path = reverse("accounts:deactivate", args=[world.acme["person"]], urlconf=settings.ROOT_URLCONF)
    assert ask("acme.localhost", "POST", path, world.sessions[Role.OWNER]).status == 302
    with inside(world.acme.workspace):
        assert get_user_model().objects.get(pk=world.acme["person"]).is_active


def test_a_resolver_is_walked_to_its_leaves() -> None:
    assert isinstance(get_resolver(settings.ROOT_URLCONF), URLResolver)
    assert len(list(urls(get_resolver(settings.ROOT_URLCONF).url_patterns))) > 80
