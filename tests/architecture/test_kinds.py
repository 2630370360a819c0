"""Every kind of metric is proved: figures by hand, SQL by hand over generated rows, and real data where it fits."""

import ast
from dataclasses import dataclass
from pathlib import Path

from apps.metrics.domain.definition import KINDS
from tests.integration.metrics import by_hand

TESTS = Path(__file__).parents[1]
METRICS = "integration/metrics/test_metrics_"
ENGINE = "integration/engine/test_engine_"


@dataclass(frozen=True)
class Proof:
    """Tests, as file::name below tests/. `real`: against figures or SQL over published data; or why not."""

    by_hand: str
    real: str = ""
    not_real: str = ""


_ENTITIES = f"{METRICS}kinds_computed.py::test_figures_by_hand"
_WAYS = f"{METRICS}ways.py::test_figures_by_hand"
_ARITHMETIC = f"{METRICS}cdnow.py::test_monthly_active_customers_and_revenue_per_customer"
PROOFS = {
    "aggregate": Proof(f"{METRICS}compute.py::test_every_way_of_putting_rows_together", _ARITHMETIC),
    "ratio": Proof(f"{METRICS}compute.py::test_a_ratio_over_two_data_sets", _ARITHMETIC),
    "formula": Proof(f"{METRICS}compute.py::test_formulas_follow_their_inputs", _ARITHMETIC),
    "entity_count": Proof(_ENTITIES, f"{ENGINE}real_data.py::test_who_did_enough_equals_sql_written_by_hand"),
    "entity_share": Proof(_ENTITIES, f"{ENGINE}real_data.py::test_who_did_enough_equals_sql_written_by_hand"),
    "conversion": Proof(_WAYS, f"{ENGINE}funnels.py::test_customers_that_order_after_they_came_in_the_shop_of_dbt"),
    "funnel": Proof(_WAYS, f"{ENGINE}funnels.py::test_customers_that_order_after_they_came_in_the_shop_of_dbt"),
    "lifecycle": Proof(_ENTITIES, f"{METRICS}cdnow.py::test_posthog_13733_97744_growth_in_eighteen_months"),
    "retention": Proof(
        f"{METRICS}kinds_computed.py::test_a_curve_is_open_where_it_is_young_and_never_low",
        f"{ENGINE}history_published.py::test_cohorts_equal_sql_written_by_hand",
    ),
    "repeat": Proof(_ENTITIES, f"{ENGINE}repeats.py::test_repeat_purchases_of_cdnow"),
    "cumulative": Proof(_ENTITIES, f"{ENGINE}real_data.py::test_a_rolling_year_equals_sql_written_by_hand"),
    "stock": Proof(_ENTITIES, f"{ENGINE}stocks.py::test_the_monthly_charges_of_the_telephone_company"),
    "recurring": Proof(_ENTITIES, f"{ENGINE}history_published.py::test_revenue_equals_sql_written_by_hand"),
    "nps": Proof(_ENTITIES, not_real="no answers from 0 to 10 in the published data"),
    "score": Proof(_ENTITIES, not_real="it is arithmetic over other metrics"),
    "manual": Proof(f"{METRICS}services.py::test_typed_values_have_a_history", not_real="people type it"),
}


def test_every_kind_has_a_line() -> None:
    assert list(PROOFS) == list(KINDS)
    assert all(bool(proof.real) != bool(proof.not_real) for proof in PROOFS.values())


def test_every_kind_has_sql_by_hand_over_generated_rows() -> None:
    assert {case.parts["kind"] for case in by_hand.CASES.values()} == set(KINDS)


def test_the_tests_are_there() -> None:
    named = {name for proof in PROOFS.values() for name in (proof.by_hand, proof.real) if name}
    assert {name for name in named if not _is_there(*name.split("::"))} == set()


def _is_there(path: str, name: str) -> bool:
    file = TESTS / path
    if not file.is_file():
        return False
    return any(isinstance(part, ast.FunctionDef) and part.name == name for part in ast.parse(file.read_text()).body)
