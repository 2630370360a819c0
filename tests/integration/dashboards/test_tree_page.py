"""The tree's page: as of a period, of one member, against another; what each node accounts for; the drawer."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from re import sub
from typing import Any

import pytest
from django.test import Client

from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue
from apps.targets.services import set_target

pytestmark = pytest.mark.django_db

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
VISITS = {
    "": (Decimal("2.4"), Decimal("2.5")),
    "Own": (Decimal("2.4"), Decimal("2.5")),
    "Rival": (Decimal("3.6"), Decimal("3.8")),
}
SPEND = {
    "": (Decimal(1600), Decimal(1600)),
    "Own": (Decimal(1600), Decimal(1600)),
    "Rival": (Decimal(1570), Decimal(1580)),
}


def words(response: Any) -> str:
    """The text of a page, one space between words."""
    return unescape(sub(r"\s+", " ", sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def shops(in_acme: Any, ada: Any, run_work: Callable) -> None:
    """ARPU = visits x spend of two shops, and an influence that is not split."""
    actor = ada.actor
    common = {"grains": ["month"], "direction": "up"}
    shop = {"dimensions": ["shop"], **common}
    for key, unit, more in (
        ("visits", {"kind": "number", "decimals": 1}, shop), ("spend", {"kind": "currency"}, shop),
        ("nps", {"kind": "number"}, common),
    ):  # fmt: skip
        named = {"en": key.title(), "zh": key}
        services.define(
            actor=actor, definition=parse({"kind": "manual", "key": key, "name": named, "unit": unit} | more)
        )
    arpu = {"kind": "formula", "key": "arpu", "name": {"en": "ARPU", "zh": "ARPU"}, "expression": "visits * spend"}
    services.define(actor=actor, definition=parse(arpu | {"unit": {"kind": "currency"}} | shop), owner_id=ada.pk)
    for key, values in (("visits", VISITS), ("spend", SPEND)):
        metric_id = selectors.metric_for(key).id
        for member, (may, june) in values.items():
            split = "shop" if member else ""
            typed = [TypedValue(MAY, may, split, member), TypedValue(JUNE, june, split, member)]
            services.type_values(actor=actor, metric_id=metric_id, grain=Grain.MONTH, values=typed)
    services.type_value(
        actor=actor, metric_id=selectors.metric_for("nps").id, grain=Grain.MONTH, period_start=MAY, value=Decimal(40)
    )
    star = selectors.metric_for("arpu")
    services.choose_north_star(actor=actor, metric_id=star.id, grain=Grain.MONTH)
    root = selectors.tree().id
    services.add_factors(actor=actor, node_id=root)
    services.add_node(actor=actor, metric_id=selectors.metric_for("nps").id, parent_id=root, link="influence")
    run_work()


@pytest.fixture
def page(shops: None, client_of: Callable, cleo: Any) -> Callable[[str], str]:
    """`page("?…")`: the words of the tree's page."""
    client = client_of(cleo)
    return lambda query="": words(client.get(f"/tree/{query}"))


def test_a_change_is_told_node_by_node_and_adds_up(page: Callable) -> None:
    told = page()
    assert "ARPU: Jun 2026 ¥4,000 against May 2026 ¥3,840, +¥160." in told
    assert "+¥160 · 100%" in told
    assert "±¥0 · 0%" in told
    assert "as of May 2026" in told  # what has no value of June says so


def test_two_shops_are_compared_with_the_same_arithmetic(page: Callable) -> None:
    told = page("?of=shop:Rival&peer=Own")
    assert "ARPU: Rival ¥6,004 against Own ¥4,000, +¥2,004." in told
    assert "+¥2,067 · 103%" in told
    assert "−¥63 · −3%" in told
    assert "Own 2.5" in told
    assert "Not split by shop" in told
    back = page("?of=shop:Own&peer=Rival")
    assert "−¥2,067 · 103%" in back
    assert "+¥63 · −3%" in back


def test_the_whole_tree_is_shown_as_of_a_period_and_of_a_member(page: Callable) -> None:
    assert "¥3,840" in page("?period=2026-05")
    told = page("?period=2026-05&of=shop:Rival")
    assert "¥5,652" in told
    assert "3.6" in told
    assert "¥4,000" not in told


def test_a_period_nobody_knows_is_refused_and_anything_else_unknown_left_out(
    shops: None, page: Callable, client_of: Callable, cleo: Any
) -> None:
    assert client_of(cleo).get("/tree/?period=june").status_code == 404
    assert page("?of=city:Rome&peer=x&grain=day&against=luck") == page()
    assert page("?of=shop:Nowhere&peer=Own") == page()


def test_targets_are_judged_as_of_then(shops: None, page: Callable, ada: Any) -> None:
    star = selectors.metric_for("arpu")
    terms = {"baseline": Decimal(3000), "goal": Decimal(3900), "start": date(2026, 4, 1), "due": date(2026, 6, 30)}
    set_target(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, **terms)
    assert "Target ¥3,900" in page()
    assert "Target ¥3,900" in page("?period=2026-05")
    assert "Target ¥3,900" not in page("?of=shop:Rival")
    assert "against the target ¥3,900" in page("?against=target") or "target" in page("?against=target")


def test_a_node_opens_beside_the_tree(shops: None, client_of: Callable, cleo: Any, ada: Any) -> None:
    node = next(each for each in selectors.tree().walk() if each.key == "visits")
    client: Client = client_of(cleo)
    assert client.get(f"/tree/{node.id}/")["Location"] == "/metrics/visits/"
    shown = client.get(f"/tree/{node.id}/?of=shop:Rival&grain=month", headers={"HX-Request": "true"})
    told = words(shown)
    assert "Visits · Rival" in told
    assert "3.8" in told
    assert "Edit the definition" not in told
    owner = client_of(ada).get(f"/tree/{selectors.tree().id}/", headers={"HX-Request": "true"})
    assert "Edit the definition" in words(owner)
    assert "Ada" in words(owner)
