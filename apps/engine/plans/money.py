"""Does a conversion of amounts fit the data?"""

from __future__ import annotations

from apps.engine.conversion import MOST_RATE_DAYS, Conversion
from apps.engine.misfits import issue, number_issues, unknown
from apps.engine.plan import ColumnType, Tables, Types
from apps.kernel.issue import N_, Issue


def conversion_issues(plan_id: str, conversion: Conversion, types: Types, tables: Tables) -> list[Issue]:
    """What does not fit in a conversion: amounts are numbers, currencies text, and the rates have both."""
    own = tables.get(conversion.table, {}) if conversion.table else types
    found = [found for column in conversion.columns for found in number_issues(plan_id, "sum", column, own)]
    found += _text_issues(plan_id, conversion.currency, own)
    if conversion.rates:
        rates = tables.get(conversion.rates)
        if rates is None:
            message = N_("There is no data set “%(key)s” at hand; there are: %(keys)s.")
            return [*found, issue(plan_id, message, key=conversion.rates, keys=", ".join(tables))]
        found += number_issues(plan_id, "sum", conversion.rate, rates)
        found += _text_issues(plan_id, conversion.rate_currency, rates)
    if not 0 <= conversion.days <= MOST_RATE_DAYS:
        message = N_("A rate holds for 0 to %(most)s days, not %(n)s.")
        found.append(issue(plan_id, message, most=MOST_RATE_DAYS, n=conversion.days))
    return found


def _text_issues(plan_id: str, column: str, types: Types) -> list[Issue]:
    """What is wrong with reading currencies from this column."""
    if column not in types:
        return [unknown(plan_id, column, types)]
    if types[column] == ColumnType.TEXT:
        return []
    message = N_("“%(column)s” must hold the codes of currencies; it is %(type)s.")
    return [issue(plan_id, message, column=column, type=types[column].value)]
