"""schemathesis against the real app: what the OpenAPI document says is what happens, whoever asks and whatever is sent.

In process by WSGI, inside the test's transaction. Requests come twice: as they are made up, and with ids of things that
there are in the address. Positive data is not required to be accepted (the key of a dataset that is not there is well
formed and refused); everything else that schemathesis checks is.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from uuid import UUID

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from apps.accounts.domain.roles import Role
from apps.api.domain.scopes import GENERAL, PAY
from apps.api.schema import document
from apps.api.services import make_key
from apps.workspaces.scope import in_public
from tests.integration.isolation.seeds import MARKERS, Seed, plant

HOST = "http://acme.localhost"
Secrets = tuple[str, ...]
NOT_MEANT = {"positive_data_acceptance", "max_response_time"}
CALM = hypothesis_settings(
    deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@cache
def _operations(*modes: GenerationMode) -> list:
    """Every operation of the document, made to be asked on Acme's host: once, as schemathesis reads all our sources."""
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    schema.config.base_url = HOST
    schema.config.generation.modes = list(modes)
    return [found.ok() for found in schema.get_all_operations()]


def _checks() -> list:
    load_all_checks()
    return [check for check in CHECKS.get_all() if check.__name__ not in NOT_MEANT]


@pytest.fixture
def seed(db: None, acme, borealis, ada, dora, settings) -> Seed:
    """Acme, planted beside Borealis; nobody is asked to wait."""
    settings.API_READS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 1_000_000
    with in_public():
        plant(borealis, dora.actor)
        return plant(acme, ada.actor)


@pytest.fixture
def try_all(seed: Seed, settings) -> Iterator[Callable[..., None]]:
    """`try_all(operations, number, *keys)`: send what hypothesis makes up to each of them, `number` different things
    with the keys of each; every request is undone.
    """
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    checks = _checks()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # all of it is one transaction, as for Django's own test client

    def run(operations: list, number: int, *keys: Secrets, known: bool = False) -> None:
        for operation in operations:

            @given(case=operation.as_strategy())
            @hypothesis_settings(CALM, max_examples=number)
            def one(case) -> None:
                for name in case.path_parameters if known else ():
                    case.path_parameters[name] = str(_known(seed, name, case.operation.path))
                for secrets in keys:
                    send(case, secrets)

            one()

    def send(case, secrets: Secrets) -> None:
        connection.set_schema_to_public()
        secret = secrets[0 if case.operation.path.startswith("/api/v1/pay/") else 1]
        with transaction.atomic():
            answer = case.call_and_validate(HOST, headers={"Authorization": f"Bearer {secret}"}, checks=checks)
            transaction.set_rollback(True)
        connection.set_schema_to_public()
        assert MARKERS["borealis"].encode() not in answer.content
        statuses[answer.status_code] += 1

    statuses: Counter[int] = Counter()
    run.statuses = statuses
    yield run
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _secret(user) -> Secrets:
    """Two keys of somebody's: for pay, and for all the rest."""
    return tuple(make_key(actor=user.actor, name="schemathesis", scopes=each, days=1)[1] for each in (PAY, GENERAL))


def test_whatever_is_made_up_is_answered_as_documented(ada, try_all) -> None:
    try_all(_operations(*GenerationMode), 8, _secret(ada))
    assert try_all.statuses.total() > 400


def test_what_is_there_is_answered_as_documented(ada, try_all) -> None:
    operations = [each for each in _operations(GenerationMode.POSITIVE) if "{" in each.path]
    try_all(operations, 8, _secret(ada), known=True)
    assert {200, 202, 204} <= set(try_all.statuses)


def test_every_role_is_answered_as_documented(ben, mia, hana, max, adi, cleo, try_all) -> None:
    """All but the owner, of whom the other tests are."""
    others = (ben, mia, hana, max, adi, cleo)
    assert {role for user in others for role in user.roles} == {*Role} - {Role.OWNER}
    try_all(_operations(GenerationMode.POSITIVE), 1, *map(_secret, others))
    assert 403 in try_all.statuses
    assert try_all.statuses.total() >= 6 * len(_operations(GenerationMode.POSITIVE))


def _known(seed: Seed, name: str, path: str) -> object:
    """Something of Acme's for a part of an address."""
    if name == "statement_id":
        return UUID(int=0)  # nothing is published there; test_pay_confidentiality.py reads real ones
    if name == "number":
        return 1  # of a version; every dataset counts its own
    if name == "key":
        if "datasets" in path:
            return seed["dataset_key"]
        return seed["typed_metric" if path.endswith("/typed") else "metric"]
    named = {"upload_id": "waiting_upload", "template_id": "cycle_template"}
    return seed[named.get(name, name.removesuffix("_id"))]
