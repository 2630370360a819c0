"""What to choose from in forms: time zones, currencies, months and weekdays, named in the reader's language."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import get_timezone_location

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]

_LOCALES = {"zh-hans": "zh_Hans_CN", "en": "en"}
_CURRENCIES = """
    CNY HKD TWD MOP SGD JPY KRW THB VND MYR IDR PHP INR PKR BDT AUD NZD USD CAD MXN BRL ARS CLP COP PEN EUR GBP CHF
    SEK NOK DKK PLN CZK HUF RON BGN RUB UAH TRY ILS AED SAR QAR KWD EGP ZAR NGN KES MAD KZT
"""
_REGIONS = {
    "Asia": ("Asia", "亚洲"),
    "Europe": ("Europe", "欧洲"),
    "America": ("The Americas", "美洲"),
    "Africa": ("Africa", "非洲"),
    "Australia": ("Australia", "澳大利亚"),
    "Pacific": ("Pacific", "太平洋"),
    "Indian": ("Indian Ocean", "印度洋"),
    "Atlantic": ("Atlantic", "大西洋"),
    "Antarctica": ("Antarctica", "南极洲"),
    "Arctic": ("Arctic", "北极"),
}


@lru_cache
def time_zones(language: str) -> Groups:
    """Time zones by region, from west to east: `("Asia", [("Asia/Shanghai", "(UTC+08:00) Shanghai"), …])`.

    One for each place of the time zone database; names of old (Asia/Calcutta) stay valid but are not offered.
    """
    groups: dict[str, list[tuple[timedelta, str, str]]] = {region: [] for region in _REGIONS}
    for name in _offered_zones():
        region = name.split("/")[0]
        if region in groups:
            offset = _standard_offset(name)
            groups[region].append((offset, _city(name, language), name))
    chinese = language == "zh-hans"
    named = [
        (_REGIONS[region][chinese], [(name, f"({_utc(offset)}) {city}") for offset, city, name in sorted(found)])
        for region, found in groups.items()
        if found
    ]
    return [("UTC", [("UTC", "(UTC+00:00) UTC")]), *named]


@lru_cache
def currencies(language: str) -> Choices:
    """Common currencies with their names: `("CNY", "CNY · Chinese Yuan")`."""
    names = Locale.parse(_LOCALES.get(language, "en")).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in _CURRENCIES.split()]


@lru_cache
def months(language: str) -> list[tuple[int, str]]:
    """The months of a year by number."""
    names = Locale.parse(_LOCALES.get(language, "en")).months["stand-alone"]["wide"]
    return [(number, names[number]) for number in range(1, 13)]


@lru_cache
def weekdays(language: str) -> list[tuple[int, str]]:
    """The days of a week by ISO number: Monday is 1."""
    names = Locale.parse(_LOCALES.get(language, "en")).days["stand-alone"]["wide"]
    return [(number, names[number - 1]) for number in range(1, 8)]


@lru_cache
def _offered_zones() -> tuple[str, ...]:
    known = available_timezones()
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    places = (line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#"))
    return tuple(name for name in places if name in known)


def _standard_offset(name: str) -> timedelta:
    now = datetime.now(UTC).astimezone(ZoneInfo(name))
    return (now.utcoffset() or timedelta()) - (now.dst() or timedelta())


def _utc(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _city(name: str, language: str) -> str:
    return str(get_timezone_location(name, locale=_LOCALES.get(language, "en"), return_city=True))
