"""The company of the pages bench: many metrics over three years by many segments, all in one tree."""

import sys
import time
from datetime import date

SLUG, EMAIL, PASSWORD = "pages", "pia@pages.test", "north-star-2026"
MONTHS = [date(2023 + index // 12, index % 12 + 1, 1) for index in range(36)]
HEADERS = ("order_id", "day", "segment", "amount")
COLUMNS = [
    {"source": "order_id", "name": "order_id", "type": "text", "role": "key"},
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "segment", "name": "segment", "type": "text", "role": "dimension"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]
COPIED = "grain, period_start, period_end, dimension, member, numerator, value, n, state, reason, dataset_versions"
SPREAD = (
    f"INSERT INTO metrics_metricvalue (metric_id, version_id, run_id, {COPIED}) "  # noqa: S608 - names of ours
    f"SELECT m.id, m.current_version_id, v.run_id, {COPIED} FROM metrics_metric m, metrics_metricvalue v "
    "WHERE v.metric_id = (SELECT id FROM metrics_metric WHERE key = 'metric_0') AND m.key <> 'metric_0'"
)
WIDE = 12
"""Nodes below each node of the tree."""


def open_company(metrics: int, segments: int) -> None:
    """Open the workspace, have the first metric computed, hang every metric below the first one, set a target."""
    from decimal import Decimal

    from apps.accounts.domain.roles import ROBOT
    from apps.kernel.period import Grain
    from apps.metrics import selectors, services
    from apps.metrics.domain.definition import parse
    from apps.targets.services import set_target
    from apps.work.selectors import unfinished
    from apps.workspaces.domain.company import Calendar, NewCompany
    from apps.workspaces.scope import inside
    from apps.workspaces.services import open_workspace

    wanted = NewCompany(
        company="Pages", slug=SLUG, email=EMAIL, person_name="Pia", password=PASSWORD, language="en",
        calendar=Calendar(time_zone="Asia/Shanghai", currency="CNY"),
    )  # fmt: skip
    with inside(open_workspace(wanted=wanted)):
        _send(ROBOT, _rows(1)[:1])
        _wait(unfinished)
        _send(ROBOT, _rows(segments))
        _wait(unfinished)
        _define(ROBOT, 1, services, parse)
        _wait(unfinished)
        _define(ROBOT, metrics, services, parse)
        _spread()
        star = selectors.metric_for("metric_0")
        services.choose_north_star(actor=ROBOT, metric_id=star.id, grain=Grain.MONTH)
        nodes = [selectors.tree().id]
        for number in range(1, metrics):
            metric_id = selectors.metric_for(f"metric_{number}").id
            parent = nodes[(number - 1) // WIDE]
            node = services.add_node(actor=ROBOT, metric_id=metric_id, parent_id=parent, link="influence")
            nodes.append(node.pk)
        terms = {"baseline": Decimal(1000), "goal": Decimal(9000), "start": MONTHS[24], "due": date(2026, 12, 31)}
        set_target(actor=ROBOT, metric_id=star.id, grain=Grain.MONTH, **terms)
        _wait(unfinished)


def _define(actor: object, upto: int, services: object, parse: object) -> None:
    """Define metrics up to a number. Only the first one is computed, for reading is what is measured."""
    from django.db import transaction

    from apps.metrics.models import Metric
    from apps.work.models import Work

    with transaction.atomic():
        for number in range(Metric.objects.count(), upto):
            where = [{"column": "amount", "op": "ge", "values": [str(number % 90)]}]
            document = {
                "kind": "aggregate", "key": f"metric_{number}", "name": {"en": f"Metric {number}"},
                "grains": ["month"], "dimensions": ["segment"],
                "measure": {"dataset": "orders", "how": "sum", "column": "amount", "filters": where},
            }  # fmt: skip
            services.define(actor=actor, definition=parse(document))
        if upto > 1:
            Work.objects.filter(kind="metrics.compute_metric").delete()


def _spread() -> None:
    """Let every other metric have the values of the first one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SPREAD)
        cursor.execute("ANALYZE metrics_metricvalue")


def _rows(segments: int) -> list[tuple]:
    return [
        (f"o-{month}-{segment}", month, f"Segment {segment}", f"{90 + (at * segment) % 50}.50")
        for at, month in enumerate(MONTHS)
        for segment in range(segments)
    ]


def _send(actor: object, rows: list[tuple]) -> None:
    from apps.datasets import selectors
    from apps.datasets import services as data
    from apps.work.selectors import unfinished

    text = "\n".join([",".join(HEADERS), *(",".join(map(str, row)) for row in rows)])
    known = list(selectors.datasets())
    sent = data.receive_upload(actor=actor, filename="orders.csv", chunks=[text.encode()])
    _wait(unfinished)
    data.name_columns(
        actor=actor, upload_id=sent.pk, columns=COLUMNS, row_key=["order_id"], mode="replace",
        **({"dataset_id": known[0].id} if known else {"name": "Orders", "key": "orders"}),
    )  # fmt: skip


def _wait(unfinished: object) -> None:
    while unfinished():
        time.sleep(0.3)


if __name__ == "__main__":
    import django

    django.setup()
    open_company(*map(int, sys.argv[1:]))
