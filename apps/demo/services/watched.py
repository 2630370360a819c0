"""What the demo's after-sales group wants of its data: when rows are expected, and what is to hold for them."""

from __future__ import annotations

from django.utils import timezone

from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.demo.services.cast import Cast

MONTHLY = {"every": "month", "day": 10, "hour": 9, "time_zone": "Asia/Shanghai"}
CHECKS: dict[str, list[dict[str, object]]] = {
    "visits": [
        {"kind": "range", "column": "amount", "low": "0"},
        {"kind": "filled", "column": "customer"},
        {"kind": "filled", "column": "store"},
    ],
    "surveys": [
        {"kind": "range", "column": "score", "low": "0", "high": "10"},
        {"kind": "length", "column": "comment", "high": "200"},
    ],
    "parts": [{"kind": "range", "column": "quantity", "low": "1"}],
}
"""By key of the data."""


def watch_over(cast: Cast) -> None:
    """Expect rows by the month, and check them. Done again it changes nothing."""
    actor, now = cast.actor("analyst"), timezone.now()
    for key, checks in CHECKS.items():
        dataset = datasets.dataset_by_key(key)
        data.set_rhythm(actor=actor, dataset_id=dataset.pk, rhythm=MONTHLY, now=now)
        data.set_checks(actor=actor, dataset_id=dataset.pk, wanted=checks)
