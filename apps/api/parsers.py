"""Reading what is sent: nothing too large, too deep, or that no database can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from apps.api.problems import Failed

MOST_BYTES = 1_000_000
DEEPEST = 40


class StrictJSONParser(JSONParser):
    """JSON of up to 1 MB in UTF-8: an object, without NaN, NUL or halves of characters."""

    most_bytes = MOST_BYTES
    parse_float: type = float

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        text = stream.read(self.most_bytes + 1)
        if len(text) > self.most_bytes:
            raise Failed(413)
        try:
            data = json.loads(text.decode("utf-8"), parse_constant=_refuse, parse_float=self.parse_float)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise ParseError from error
        if not isinstance(data, dict) or not _is_calm(data, DEEPEST):
            raise ParseError
        return data


class RowsParser(StrictJSONParser):
    """The same for rows of data: up to 10 MB, and numbers with every digit that was written."""

    most_bytes = 10 * MOST_BYTES
    parse_float = Decimal


def _refuse(name: str) -> None:
    raise ValueError(name)


def _is_calm(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    if depth == 0:
        return not isinstance(value, Mapping | list)
    if isinstance(value, Mapping):
        return all(_is_calm(key, depth) and _is_calm(below, depth - 1) for key, below in value.items())
    return not isinstance(value, list) or all(_is_calm(below, depth - 1) for below in value)
