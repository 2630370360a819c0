"""Figures as people read them, in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import format_decimal
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.common import formats
from apps.common.formats import Kind, Style
from apps.kernel.period import Calendar, Grain

ZH, EN = "zh-hans", "en"
CALENDAR = Calendar("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (D(4800), "4,800", "4,800"),
        (D(9999), "9,999", "9,999"),
        (D(10000), "1万", "10K"),
        (D(9000000), "900万", "9M"),
        (D(12346000), "1234.6万", "12.3M"),
        (D(150000000), "1.5亿", "150M"),
        (D(99999999), "1亿", "100M"),
        (D(999999), "100万", "1M"),
        (D(-32000000), "−3200万", "−32M"),
        (D("2.5"), "2.5", "2.5"),
        (D("2.567"), "2.57", "2.57"),
        (D(0), "0", "0"),
        (None, "–", "–"),
    ],
)
def test_headlines_are_short_from_ten_thousand_on(value: D | None, chinese: str, english: str) -> None:
    assert formats.compact(value, ZH) == chinese
    assert formats.compact(value, EN) == english


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (D("1234.5"), 0, "1,235"),
        (D("2.5"), 0, "3"),
        (D("-2.5"), 0, "−3"),
        (D("0.005"), 2, "0.01"),
        (D("-0.001"), 2, "0.00"),
    ],
)
def test_rounding_is_half_up_with_a_true_minus_and_no_minus_zero(value: D, digits: int, text: str) -> None:
    assert formats.number(value, digits, EN) == text


def test_a_ratio_is_written_as_percent_and_its_change_in_points() -> None:
    assert formats.percent(D("0.462"), 1, ZH) == "46.2%"
    assert formats.points(D("-0.04"), 1, ZH) == "−4.0 个百分点"
    assert formats.points(D("0.004"), 1, EN) == "0.4 pts"
    assert Style(Kind.PERCENT, 1).change(D("-0.04"), EN) == "4.0 pts"


def test_money_has_the_workspaces_own_symbol() -> None:
    assert formats.money(D("-1234.5"), "¥", 2, ZH) == "−¥1,234.50"
    assert formats.money(D(5), "CHF", 2, EN) == "CHF 5.00"
    assert formats.compact_money(D(9000000), "¥", ZH) == "¥900万"
    assert formats.symbol("CNY") == "¥"
    assert formats.symbol("EUR") == "€"


def test_nothing_is_a_dash_and_never_zero() -> None:
    for style in (Style(), Style(Kind.PERCENT), Style(Kind.MONEY, 2, "¥")):
        assert style.full(None) == style.short(None) == style.change(None) == formats.DASH


def test_a_change_always_shows_its_sign() -> None:
    assert formats.signed("120", D(120)) == "+120"
    assert formats.signed("120", D(-120)) == "−120"
    assert formats.signed("0", D(0)) == "±0"


@pytest.mark.parametrize(
    ("grain", "english", "chinese", "short"),
    [
        (Grain.DAY, "30 Jun 2026", "2026年6月30日", "30 Jun"),
        (Grain.WEEK, "W27 2026", "2026年第27周", "W27"),
        (Grain.MONTH, "Jun 2026", "2026年6月", "Jun"),
        (Grain.QUARTER, "Q2 2026", "2026年第二季度", "Q2"),
        (Grain.HALF, "H1 2026", "2026年上半年", "H1"),
        (Grain.YEAR, "2026", "2026年", "2026"),
    ],
)
def test_periods_have_names(grain: Grain, english: str, chinese: str, short: str) -> None:
    period = CALENDAR.period_of(date(2026, 6, 30), grain)
    assert formats.period(period, language=EN) == english
    assert formats.period(period, language=ZH) == chinese
    assert formats.period(period, short=True, language=EN) == short


def test_a_fiscal_quarter_is_named_by_its_fiscal_year() -> None:
    april = Calendar("Asia/Shanghai", fiscal_year_start=4).period_of(date(2026, 5, 1), Grain.QUARTER)
    assert formats.period(april, language=EN) == "Q1 2027"


def test_an_instant_is_told_on_the_clock_of_the_reader() -> None:
    instant = datetime(2026, 6, 30, 16, 5, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert formats.moment(instant, language=EN) == "1 Jul 2026, 00:05"
        assert formats.moment(instant, language=ZH) == "2026年7月1日 00:05"
    assert formats.moment(None) == formats.DASH


def test_sizes_of_files() -> None:
    assert [formats.size(value, EN) for value in (0, 1023, 1536, 5 * 1024**3)] == ["0 B", "1,023 B", "1.5 KB", "5.0 GB"]


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=4))
def test_a_short_figure_is_within_half_of_its_last_digit(value: D) -> None:
    text = formats.compact(value, EN).replace(formats.MINUS, "-").replace(",", "")
    scale = {"K": 10**3, "M": 10**6, "B": 10**9}.get(text[-1], 1)
    read = D(text.rstrip("KMB")) * scale
    assert abs(read - value) <= (D(scale) / 20 if scale > 1 else D("0.005"))


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.integers(0, 4))
def test_a_full_figure_can_be_read_back(value: D, digits: int) -> None:
    text = formats.number(value, digits, EN).replace(formats.MINUS, "-").replace(",", "")
    assert D(text) == formats.rounded(value, digits)


def test_a_list_has_the_comma_of_its_language() -> None:
    assert formats.listed(["a", "b"], "en") == "a, b"
    assert formats.listed(iter(["甲", "乙"]), "zh-hans") == "甲、乙"
    assert formats.listed([], "en") == ""


@given(st.decimals(-(10**12), 10**12, places=6), st.integers(0, 6), st.sampled_from(["zh_Hans_CN", "en_US"]))
def test_digits_are_grouped_as_the_languages_do(value: D, digits: int, locale: str) -> None:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    known = format_decimal(abs(formats.rounded(value, digits)), format=pattern, locale=locale)
    assert formats.number(value, digits).lstrip(formats.MINUS) == known
