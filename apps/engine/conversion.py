"""Amounts of several currencies as amounts of one, by dated rates: what a plan says of it. No Ibis here."""

from __future__ import annotations

from dataclasses import dataclass

from apps.engine.codec import Message

RATE_DECIMALS = 12
"""Decimals of a rate that count; one with more is rounded (half up) once, when rates are read, and never an amount."""

AMOUNT_DECIMALS = 6
"""Decimals that an amount to convert may have: with those of a rate they fit a column of decimals exactly."""

MOST_RATE_DAYS, USUAL_RATE_DAYS = 3660, 31
"""Days that a rate can hold, and those that it does where nobody says: enough for daily and monthly ones."""

RATE, RATE_AGE, ORIGINAL = "_rate", "_rate_age", "_was_"
"""Columns of converted rows: the rate, how many days old it is, and the amounts as uploaded."""

RATE_DAY, CONVERTED = "_rate_day", "_converted_"
"""Columns of a page of them: the day that the rate is of, and the amounts converted."""


@dataclass(frozen=True)
class Conversion(Message):
    """The amounts in `columns` of a data set are taken in the currency `home`.

    Each row has the code of its currency in the column `currency`; a row of `home` has the rate 1 by definition. The
    rates are rows of the further data set `rates` ("": there are none): on its day and for `days` days after it, or
    until a later rate of its currency, one unit of `rate_currency` is worth `rate` of `home`. Of a currency with two
    different rates on a day, or one that is not above 0, there is none on it. A row with an amount and without a rate
    has no amount in `home`: `Measured.unpriced` tells each. `table` is the data set of the amounts ("": the plan's).
    """

    columns: tuple[str, ...]
    currency: str
    home: str
    rates: str = ""
    rate_currency: str = ""
    rate: str = ""
    days: int = 31
    table: str = ""
