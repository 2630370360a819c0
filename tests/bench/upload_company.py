"""The company of the upload bench, opened through services: one data set of a few rows, three metrics, a North Star."""

import time
from datetime import date

SLUG, EMAIL, PASSWORD = "bench", "bea@bench.test", "north-star-2026"
HEADERS = ("order_id", "day", "customer", "region", "amount")
COLUMNS = [
    {"source": "order_id", "name": "order_id", "type": "text", "role": "key"},
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
    {"source": "region", "name": "region", "type": "text", "role": "dimension"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]
FEW_ROWS = [("o-1", date(2025, 1, 1), "c-1", "North", "10.00"), ("o-2", date(2025, 12, 31), "c-2", "South", "20.00")]
ORDERS = {"dataset": "orders"}
COMMON = {"grains": ["month"], "dimensions": ["region"]}
METRICS = [
    {"kind": "aggregate", "key": "revenue", "name": {"en": "Revenue"},
     "measure": {**ORDERS, "how": "sum", "column": "amount"}},
    {"kind": "aggregate", "key": "active", "name": {"en": "Active customers"},
     "measure": {**ORDERS, "how": "distinct", "column": "customer"}},
    {"kind": "formula", "key": "arpu", "name": {"en": "ARPU"}, "expression": "revenue / active"},
]  # fmt: skip


def line(row: tuple) -> str:
    """A row as a line of CSV."""
    return ",".join(map(str, row)) + "\n"


def open_company() -> None:
    """Open the workspace and wait until its few rows are computed by the workers."""
    from apps.accounts.domain.roles import ROBOT
    from apps.datasets import services as data
    from apps.kernel.period import Grain
    from apps.metrics import selectors, services
    from apps.metrics.domain.definition import parse
    from apps.work.selectors import unfinished
    from apps.workspaces.domain.company import Calendar, NewCompany
    from apps.workspaces.scope import inside
    from apps.workspaces.services import open_workspace

    calendar = Calendar(time_zone="Asia/Shanghai", currency="CNY")
    wanted = NewCompany(
        company="Bench", slug=SLUG, email=EMAIL, person_name="Bea", password=PASSWORD, language="en", calendar=calendar
    )
    with inside(open_workspace(wanted=wanted)):
        text = ",".join(HEADERS) + "\n" + "".join(map(line, FEW_ROWS))
        sent = data.receive_upload(actor=ROBOT, filename="few.csv", chunks=[text.encode()])
        _wait(unfinished)
        data.name_columns(
            actor=ROBOT, upload_id=sent.pk, name="Orders", key="orders", columns=COLUMNS, row_key=[], mode="append"
        )
        _wait(unfinished)
        for document in METRICS:
            services.define(actor=ROBOT, definition=parse({**COMMON, **document}))
        services.choose_north_star(actor=ROBOT, metric_id=selectors.metric_for("arpu").id, grain=Grain.MONTH)
        _wait(unfinished)


def _wait(unfinished: object) -> None:
    while unfinished():
        time.sleep(0.2)
