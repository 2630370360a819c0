"""What MySQL is asked, and what becomes of its types.

No wheel holds its server, so the suite has none; the driver was tried by hand against MariaDB 10.11.
"""

from dataclasses import replace
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pymysql import err
from pymysql.constants import FIELD_TYPE, FLAG

from apps.sources.domain.choice import Choice, Rises
from apps.sources.domain.connection import Database
from apps.sources.fetch import mysql
from apps.sources.fetch.asking import Ask
from apps.sources.fetch.trouble import Trouble

ASK = Ask(secret="geheim", today="2026-03-02")
WHERE = Database("db.example.com", 3306, "shop", "reader", "verify")


def column(type_code: int, length: int = 0, scale: int = 0, flags: int = 0) -> SimpleNamespace:
    return SimpleNamespace(name="x", type_code=type_code, length=length, scale=scale, flags=flags)


@pytest.mark.parametrize(
    ("said", "kind", "rises"),
    [
        (column(FIELD_TYPE.LONGLONG), pa.int64(), Rises.INTEGER),
        (column(FIELD_TYPE.LONGLONG, flags=FLAG.UNSIGNED), pa.decimal128(20, 0), Rises.INTEGER),
        (column(FIELD_TYPE.NEWDECIMAL, 14, 2), pa.decimal128(12, 2), Rises.DECIMAL),
        (column(FIELD_TYPE.NEWDECIMAL, 12, 0, FLAG.UNSIGNED), pa.decimal128(12, 0), Rises.DECIMAL),
        (column(FIELD_TYPE.NEWDECIMAL, 67, 30), pa.string(), Rises.DECIMAL),
        (column(FIELD_TYPE.DATE), pa.date32(), Rises.DATE),
        (column(FIELD_TYPE.DATETIME), pa.timestamp("us"), Rises.MOMENT),
        (column(FIELD_TYPE.TIMESTAMP), pa.timestamp("us", tz="UTC"), Rises.INSTANT),
        (column(FIELD_TYPE.DOUBLE), pa.float64(), None),
        (column(FIELD_TYPE.VAR_STRING), pa.string(), None),
        (column(FIELD_TYPE.TIME), pa.string(), None),
        (column(FIELD_TYPE.JSON), pa.string(), None),
    ],
)
def test_a_column_keeps_its_type(said, kind, rises):
    field = mysql._field(said)
    assert (field.type, field.rises) == (kind, rises)


def test_names_are_quoted_and_a_select_stands_in_brackets():
    assert mysql._query(Choice("shop", "or`ders")) == "SELECT * FROM `shop`.`or``ders`"
    assert mysql._query(Choice(select="SELECT 1 -- all")) == "SELECT * FROM (SELECT 1 -- all\n) AS chosen_rows"


def test_only_what_is_new_is_asked_for():
    choice = Choice("", "orders", rising="day")
    known = replace(ASK, mark={"type": "date", "text": "2026-02-01"})
    assert "`day` > '2026-02-01' AND `all_rows`.`day` < '2026-03-02'" in mysql._behind("Q", choice, Rises.DATE, known)
    keyed = replace(known, keyed=True)
    again = mysql._behind("Q", replace(choice, overlap=7), Rises.DATE, keyed)
    assert "`day` >= '2026-01-25' ORDER BY" in again
    moment = replace(ASK, mark={"type": "instant", "text": "2026-02-01T00:00:00.5+00:00"})
    assert "> '2026-02-01 00:00:00.500000' ORDER" in mysql._behind("Q", choice, Rises.INSTANT, moment)
    assert mysql._behind("Q", choice, None, ASK) == "Q"


def test_a_day_that_is_none_is_told_and_not_read_as_empty():
    cursor = SimpleNamespace(fetchmany=lambda _count: [("0000-00-00",)])
    with pytest.raises(Trouble, match="day or time that is none"):
        list(mysql._rows(cursor, [mysql._field(column(FIELD_TYPE.DATE))]))


@pytest.mark.parametrize(
    ("error", "said", "retry"),
    [
        (err.OperationalError(1045, "Access denied for 'reader' (geheim)"), "does not let reader in", False),
        (err.OperationalError(2003, "Can't connect"), "does not answer", True),
        (err.ProgrammingError(1146, "Table 'shop.geheim' doesn't exist"), "not there any more", False),
        (err.OperationalError(2013, "Lost connection"), "broke off", True),
        (err.OperationalError(1792, "Cannot execute in a READ ONLY transaction"), "Only reading", False),
        (ConnectionRefusedError(111, "refused"), "does not answer", True),
    ],
)
def test_trouble_is_a_sentence_without_the_password(error, said, retry):
    trouble = mysql._trouble(error, WHERE, ASK)
    words = trouble.message % trouble.params
    assert said in words
    assert ("geheim" in str(trouble.params), trouble.retry) == (False, retry)
