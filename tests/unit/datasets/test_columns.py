"""Everything that can be wrong with a choice of columns, all of it at once and in its place."""

from dataclasses import replace

import pytest

from apps.datasets.domain.columns import (
    Column,
    MappingRefused,
    column_of,
    dataset_faults,
    engine_mapping,
    faults_of,
    missing_headers,
    same_shape,
)
from apps.engine.requests import Mapping

DAY = Column("day", "Day", "date", "time", required=True)
AMOUNT = Column("amount", "Amount", "decimal", "measure")
STORE = Column("store", "Store", "text", "dimension")
GOOD = [DAY, AMOUNT, STORE]
HEADERS = ["Day", "Amount", "Store", "Other"]


def places(columns, row_key=(), headers=HEADERS, known=()):
    return {(fault.position, fault.field) for fault in faults_of(columns, row_key, headers, known)}


def test_a_good_choice_has_no_faults():
    assert places(GOOD, ["day", "store"]) == set()
    assert places(GOOD, [], known=GOOD) == set()


@pytest.mark.parametrize(
    ("columns", "where"),
    [
        ([], (None, "columns")),
        ([AMOUNT], (None, "columns")),
        ([DAY, replace(AMOUNT, source="Gone")], (1, "source")),
        ([DAY, replace(AMOUNT, name="")], (1, "name")),
        ([DAY, replace(AMOUNT, name="Amount")], (1, "name")),
        ([DAY, replace(AMOUNT, name="1a")], (1, "name")),
        ([DAY, replace(AMOUNT, name="_upload")], (1, "name")),
        ([DAY, replace(AMOUNT, name="a" * 42)], (1, "name")),
        ([DAY, replace(AMOUNT, name="d")], (1, "name")),
        ([DAY, replace(AMOUNT, name="day")], (1, "name")),
        ([DAY, replace(AMOUNT, source="Day")], (1, "source")),
        ([DAY, replace(AMOUNT, type="float")], (1, "type")),
        ([DAY, replace(AMOUNT, type="text")], (1, "type")),
        ([DAY, replace(AMOUNT, role="")], (1, "role")),
        ([DAY, replace(STORE, date_order="xyz")], (1, "date_order")),
        ([replace(DAY, type="integer"), AMOUNT], (0, "type")),
        ([DAY, replace(DAY, name="other", source="Other")], (1, "role")),
    ],
)
def test_one_fault_stands_in_its_place(columns, where):
    assert places(columns) == {where}


def test_a_key_names_taken_columns():
    assert places(GOOD, ["day", "gone"]) == {(None, "row_key")}


def test_rows_that_are_added_have_to_fit():
    assert places([DAY, AMOUNT], known=GOOD) == {(None, "columns")}
    assert places([*GOOD, Column("other", "Other", "text", "attribute")], known=GOOD) == {(3, "name")}
    assert places([DAY, replace(AMOUNT, type="integer"), STORE], known=GOOD) == {(1, "type")}
    second = Column("paid", "Other", "date", "attribute")
    swapped = [replace(DAY, role="attribute"), AMOUNT, STORE, replace(second, role="time")]
    assert places(swapped, known=[*GOOD, second]) == {(0, "role"), (3, "role")}


def test_faults_are_sentences_that_name_what_is_wrong():
    (fault,) = faults_of([DAY, replace(AMOUNT, source="Gone")], [], HEADERS)
    assert str(fault.issue) == "Gone: The file has no column “Gone”."
    refused = MappingRefused([fault])
    assert refused.status == 422
    assert refused.issues == (fault.issue,)


@pytest.mark.parametrize(
    ("name", "key", "fields"),
    [
        ("Visits", "visits", []),
        ("", "visits", ["name"]),
        ("n" * 121, "visits", ["name"]),
        ("work ORDERS", "visits", ["name"]),
        ("Visits", "orders", ["key"]),
        ("Visits", "Visits", ["key"]),
        ("Visits", "k" * 41, ["key"]),
        ("Visits", "work-orders", ["key"]),
        ("", "", ["name", "key"]),
    ],
)
def test_a_new_dataset_needs_a_name_and_a_key_of_its_own(name, key, fields):
    assert [fault.field for fault in dataset_faults(name, key, ["Work orders"], ["orders"])] == fields


def test_columns_survive_their_way_through_json():
    for column in GOOD:
        assert column_of(column.to_json()) == column
    mapping = engine_mapping(GOOD, ["store"])
    assert Mapping.from_json(mapping.to_json()) == mapping


def test_foreign_types_of_a_dict_become_faults_not_crashes():
    odd = column_of({"source": 5, "name": None, "type": ["x"], "role": {}, "required": 1, "date_order": None})
    assert {field for _, field in places([odd])} >= {"source", "name", "type", "role"}


def test_what_a_file_lacks_and_whether_shapes_agree():
    assert missing_headers(GOOD, ["Store", "Day"]) == ["Amount"]
    assert same_shape(GOOD, list(reversed(GOOD)))
    assert not same_shape(GOOD, [DAY, AMOUNT])
    assert not same_shape(GOOD, [DAY, replace(AMOUNT, type="integer"), STORE])


CURRENCY = Column("currency", "Currency", "text", "currency")
MONEY = Column("amount", "Amount", "decimal", "money")
RATE = Column("rate", "Rate", "decimal", "rate")
FILE = ["Day", "Amount", "Currency", "Rate", "Other"]


def test_amounts_with_their_currency_and_rates_with_theirs():
    assert places([DAY, CURRENCY, MONEY], [], FILE) == set()
    assert places([DAY, MONEY], [], FILE) == set(), "without a currency they are in the company's"
    assert places([DAY, CURRENCY, RATE], ["currency", "day"], FILE) == set()


@pytest.mark.parametrize(
    ("columns", "where"),
    [
        ([DAY, replace(CURRENCY, type="integer"), MONEY], (1, "type")),
        ([DAY, CURRENCY, replace(MONEY, type="text")], (2, "type")),
        ([DAY, CURRENCY, MONEY, replace(CURRENCY, name="other", source="Other")], (3, "role")),
        ([DAY, CURRENCY], (1, "role")),
        ([DAY, RATE], (1, "role")),
        ([DAY, CURRENCY, RATE, replace(RATE, name="other", source="Other")], (3, "role")),
        ([DAY, CURRENCY, RATE, MONEY], (3, "role")),
    ],
)
def test_one_fault_of_money_stands_in_its_place(columns, where):
    assert places(columns, ["day", "currency"] if {RATE, CURRENCY} <= set(columns) else [], FILE) == {where}


def test_of_a_currency_there_is_one_rate_a_day():
    assert places([DAY, CURRENCY, RATE], ["day"], FILE) == {(None, "row_key")}
    assert places([DAY, CURRENCY, RATE], [], FILE) == {(None, "row_key")}


def test_the_currency_of_rows_stays_the_column_it_was():
    known = [DAY, replace(CURRENCY, role="dimension"), MONEY]
    assert places([DAY, CURRENCY, MONEY], [], FILE, known) == {(1, "role")}
