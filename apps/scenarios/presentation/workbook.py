"""A what-if as an XLSX file, which says on every sheet that it is none of the real figures."""

from __future__ import annotations

import io
from datetime import datetime
from fractions import Fraction

import xlsxwriter  # type: ignore[import-untyped]
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import formats
from apps.common.tables import new_workbook
from apps.scenarios.presentation.figures import Value, scope_words
from apps.scenarios.presentation.result import Bar, Row, Teller
from apps.scenarios.selectors import Kept


def workbook(kept: Kept, teller: Teller) -> bytes:
    """Two sheets: every node now and what if, and what accounts for the difference."""
    file = io.BytesIO()
    book = new_workbook(file)
    _Book(book, kept, teller).write()
    book.close()
    return file.getvalue()


class _Book:
    def __init__(self, book: xlsxwriter.Workbook, kept: Kept, teller: Teller) -> None:
        self.book, self.kept, self.teller = book, kept, teller
        self.bold = book.add_format({"bold": True})
        self.warning = book.add_format({"bold": True, "bg_color": "#FFE8B3"})

    def write(self) -> None:
        result = self.teller.result()
        heads = [
            _("Metric"), _("Key"), _("Now"), _("What if"), _("Difference"), _("Changed here"), _("Target"),
            _("Status now"), _("Status what if"),
        ]  # fmt: skip
        sheet = self._sheet(_("What if"), heads, [34, 18, 16, 16, 16, 14, 16, 18, 18])
        for at, row in enumerate(result.rows, start=5):
            self._row(sheet, at, row)
        bridge = self._sheet(_("What accounts for it"), [_("Change"), _("Accounts for")], [44, 18])
        for at, bar in enumerate(result.bars or [], start=5):
            self._bar(bridge, at, bar)

    def _sheet(self, name: str, heads: list[str], widths: list[int]) -> xlsxwriter.worksheet.Worksheet:
        row = self.kept.row
        sheet = self.book.add_worksheet(name[:31])
        sheet.write_string(0, 0, _("What if, not real values"), self.warning)
        sheet.write_string(1, 0, row.name, self.bold)
        told = {"scope": scope_words(self.kept.base.scope), "who": row.author_name, "day": _day(row.changed_at)}
        sheet.write_string(2, 0, _("%(scope)s · %(who)s, %(day)s") % told)
        for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.write_string(4, at, head, self.bold)
            sheet.set_column(at, at, width)
        sheet.freeze_panes(5, 1)
        return sheet

    def _row(self, sheet: xlsxwriter.worksheet.Worksheet, at: int, row: Row) -> None:
        now, then = self.teller.sheet.now[row.key], self.teller.after.values[row.key]
        sheet.write_string(at, 0, row.name, self.book.add_format({"indent": min(row.depth, 15), "bold": row.is_root}))
        sheet.write_string(at, 1, row.key)
        difference = None if now is None or then is None else then - now
        for column, value in enumerate((now, then, difference), start=2):
            self._number(sheet, at, column, row.key, value)
        sheet.write_string(at, 5, _("yes") if row.typed else "")
        if row.key in self.teller.base.targets:
            goal = self.teller.changes.goals.get(row.key, self.teller.base.targets[row.key].goal)
            self._number(sheet, at, 6, row.key, Fraction(goal))
            sheet.write_string(at, 7, row.status_now.word if row.status_now else "")
            sheet.write_string(at, 8, row.status.word if row.status else "")

    def _bar(self, sheet: xlsxwriter.worksheet.Worksheet, at: int, bar: Bar) -> None:
        sheet.write_string(at, 0, bar.name)
        self._number(sheet, at, 1, self.teller.base.root, Fraction(bar.change))

    def _number(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, key: str, value: Value) -> None:
        if value is None:
            sheet.write_string(row, column, formats.DASH)
            return
        style = self.teller.writer.style(key)
        digits = "0" * style.digits
        pattern = "#,##0" + (f".{digits}" if digits else "") + ("%" if style.kind is formats.Kind.PERCENT else "")
        sheet.write_number(row, column, float(value), self.book.add_format({"num_format": pattern}))


def _day(moment: datetime) -> str:
    return formats.day(timezone.localdate(moment))
