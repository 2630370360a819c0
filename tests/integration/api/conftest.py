"""A company with data, metrics and values, and programs with keys."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.domain.roles import Actor, Role
from apps.api import services
from apps.api.domain.scopes import GENERAL
from apps.workspaces.addresses import host_of
from tests.conftest import HostClient

COLUMNS = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "store", "name": "store", "type": "text", "role": "dimension"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]
ORDERS = (
    "day,store,amount\n2026-01-01,North,10.50\n2026-01-20,South,2\n2026-02-03,North,7.25\n2026-03-09,=South,100\n"
    "2026-03-31,North,0.05\n"
)
REVENUE = {
    "kind": "aggregate",
    "key": "revenue",
    "name": {"en": "Revenue", "zh": "收入"},
    "unit": {"kind": "currency", "decimals": 2},
    "direction": "up",
    "grains": ["month"],
    "dimensions": ["store"],
    "measure": {"dataset": "orders", "how": "sum", "column": "amount"},
}


class Program:
    """Something that uses the API of one workspace with a key, and reads what comes back."""

    def __init__(self, slug: str, secret: str | None) -> None:
        self.client = HostClient(host_of(slug), raise_request_exception=False)
        self.secret = secret

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json", **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = json.dumps(body) if kind == "application/json" and body is not None else body or ""
        return self.client.generic(method, f"/api/v1/{path}", data, content_type=kind, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.ask("DELETE", path, **headers)

    def send(self, text: str, filename: str = "orders.csv", headers: dict | None = None, **fields: str) -> Any:
        """Upload a file as curl does."""
        parts = [
            f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        ]
        file = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n{text}\r\n--B--\r\n'
        return self.ask(
            "POST", "uploads", "".join([*parts, file]), kind="multipart/form-data; boundary=B", **(headers or {})
        )


@pytest.fixture
def key_of(in_acme) -> Callable[..., str]:
    """`key_of(actor)`: the secret of a new key of theirs, with all scopes but those of pay, or those given."""

    def make(actor: Actor, *scopes: str, role: Role | None = None, name: str = "tests") -> str:
        _key, secret = services.make_key(actor=actor, name=name, scopes=scopes or GENERAL, days=30, role=role)
        return secret

    return make


@pytest.fixture
def program(key_of) -> Callable[..., Program]:
    """`program(actor, *scopes)`: a program with a new key of somebody of `acme`."""

    def make(actor: Actor, *scopes: str, **options: Any) -> Program:
        return Program("acme", key_of(actor, *scopes, **options))

    return make


@pytest.fixture
def api(program, actor) -> Program:
    """A program with a key of Ada's that may do everything."""
    return program(actor)


@pytest.fixture
def orders(api: Program, run_work: Callable[[], int]) -> str:
    """Orders, uploaded, named and loaded through the API: the id of their upload."""
    sent = api.send(ORDERS)
    assert sent.status_code == 201, sent.content
    run_work()
    named = api.post(
        f"uploads/{sent.json()['id']}/columns", {"name": "Orders", "key": "orders", "columns": COLUMNS, "row_key": []}
    )
    assert named.status_code == 202, named.content
    run_work()
    return sent.json()["id"]


@pytest.fixture
def revenue(orders: str, api: Program, run_work: Callable[[], int]) -> str:
    """Revenue by month and store, computed: its key."""
    made = api.post("metrics", {"definition": REVENUE})
    assert made.status_code == 201, made.content
    run_work()
    return "revenue"
