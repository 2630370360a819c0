"""Values of manual metrics in a grid: typed or pasted as a block, saved together or not at all, nothing typed lost."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.kernel.period import Grain
from apps.metrics import selectors, services
from tests.integration.metrics.conftest import document

pytestmark = pytest.mark.django_db
PAGE = "/metrics/type-values/?grain=month"


@pytest.fixture
def typist(on_day: Callable, actor: Any, client_of: Callable, mia: Any) -> Any:
    """Mia's, a manager, in July: she types two metrics, one of them a share."""
    on_day(datetime(2026, 7, 15, tzinfo=UTC))
    services.define(actor=actor, definition=document("heads", "manual"))
    services.define(actor=actor, definition=document("share", "manual", unit={"kind": "percent", "decimals": 1}))
    return client_of(mia)


def cell(key: str, month: str) -> str:
    return f"{selectors.metric_for(key).id}:2026-{month}-01"


def seen_on(page: Any) -> dict[str, str]:
    """What a browser would send back of a page that was left as it is."""
    return dict(re.findall(r'name="([^"]+:2026-\d\d-01|seen)" value="([^"]*)"', page.text))


def values(key: str) -> dict[int, Decimal]:
    return {start.month: row.value for start, row in selectors.typed_values(key, Grain.MONTH).items()}


def test_a_block_is_saved_at_once_and_every_cell_that_cannot_be_says_why(typist: Any) -> None:
    page = typist.get(PAGE)
    sent = seen_on(page)
    block = {cell("heads", "05"): "1,200", cell("heads", "06"): "twelve", cell("share", "05"): "32%"}
    block |= {cell("share", "06"): "1e99", "reason": "Payroll"}
    wrong = typist.post(PAGE, sent | block)
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 2, "both of the wrong cells, at once"
    assert 'value="twelve"' in wrong.text
    assert 'value="1,200"' in wrong.text, "nothing typed is lost"
    assert values("heads") == values("share") == {}, "all or none"

    good = typist.post(PAGE, sent | block | {cell("heads", "06"): "1250", cell("share", "06"): "33.5"})
    assert good.status_code == 302
    assert values("heads") == {5: Decimal(1200), 6: Decimal(1250)}
    assert values("share") == {5: Decimal("0.32"), 6: Decimal("0.335")}
    assert selectors.typed_values("heads", Grain.MONTH)[datetime(2026, 5, 1).date()].note == "Payroll"
    again = typist.get(PAGE)
    assert "4 values are saved." in again.text
    assert seen_on(again)[cell("share", "06")] == "33.5"
    typist.post(PAGE, seen_on(again) | {cell("heads", "05"): ""})
    assert values("heads") == {6: Decimal(1250)}, "an empty cell has no value; it is not 0"


def test_what_somebody_else_typed_meanwhile_is_never_overwritten_in_silence(typist: Any, client_of: Any, ben: Any):
    mine = seen_on(typist.get(PAGE))
    theirs = client_of(ben)
    theirs.post(PAGE, seen_on(theirs.get(PAGE)) | {cell("heads", "05"): "7", cell("heads", "04"): "4"})
    other = typist.post(PAGE, mine | {cell("share", "06"): "50"})
    assert other.status_code == 302, "cells that I left alone are not sent back as they were"
    assert values("heads") == {4: Decimal(4), 5: Decimal(7)}
    clash = typist.post(PAGE, mine | {cell("heads", "05"): "9"})
    assert clash.status_code == 422
    assert "Ben typed 7 here meanwhile" in clash.text
    shown = seen_on(clash)
    assert (shown[cell("heads", "05")], shown[cell("heads", "04")]) == ("9", "4")
    assert typist.post(PAGE, shown).status_code == 302
    assert values("heads") == {4: Decimal(4), 5: Decimal(9)}


def test_the_grid_shows_other_periods_and_costs_a_fixed_number_of_queries(typist: Any, define: Callable) -> None:
    assert 'name="seen"' in typist.get(f"{PAGE}&back=1").text
    assert typist.get(f"{PAGE}&back=999999").status_code == 200
    typist.get(PAGE)
    with CaptureQueriesContext(connection) as before:
        typist.get(PAGE)
    for number in range(4):
        define(f"more_{number}", "manual")
    with CaptureQueriesContext(connection) as after:
        typist.get(PAGE)
    assert len(after) == len(before)
