"""What a new company tells about itself, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

from apps.kernel.issue import N_, Issue
from apps.workspaces.domain.slugs import normal_slug, slug_issues

LANGUAGES = ("en", "zh-hans")
LONGEST_NAME = 120


@dataclass(frozen=True)
class Calendar:
    """How a company counts: time zone (IANA name), currency (ISO 4217), first fiscal month 1-12, first weekday 1-7."""

    time_zone: str
    currency: str
    fiscal_year_start: int = 1
    week_start: int = 1


@dataclass(frozen=True)
class NewCompany:
    """A company that wants a workspace, and the person who will own it."""

    company: str
    slug: str
    email: str
    person_name: str
    password: str
    language: str
    calendar: Calendar

    def tidied(self) -> "NewCompany":
        """The same without the blanks and capitals that do not count."""
        return replace(
            self,
            company=" ".join(self.company.split()),
            slug=normal_slug(self.slug),
            email=self.email.strip().lower(),
            person_name=" ".join(self.person_name.split()),
        )


DEFAULTS = {
    "zh-hans": Calendar(time_zone="Asia/Shanghai", currency="CNY"),
    "en": Calendar(time_zone="UTC", currency="USD"),
}


def defaults_for(language: str) -> Calendar:
    """The calendar to propose to somebody who reads this language."""
    return DEFAULTS.get(language, DEFAULTS["en"])


def company_issues(wanted: NewCompany) -> Iterator[Issue]:
    """Everything that can be said to be wrong without asking the database; `where` is the name of the field."""
    yield from name_issues(wanted.company)
    yield from slug_issues(wanted.slug)
    if len(wanted.person_name) > LONGEST_NAME:
        yield Issue("person_name", N_("Use at most %(most)d characters."), {"most": LONGEST_NAME})
    if wanted.language not in LANGUAGES:
        yield Issue("language", N_("Choose one of the languages offered."))
    yield from calendar_issues(wanted.calendar)


def name_issues(name: str, where: str = "company") -> Iterator[Issue]:
    """Everything wrong with a company's name."""
    if not name.strip():
        yield Issue(where, N_("Give the name of your company."))
    elif len(name) > LONGEST_NAME:
        yield Issue(where, N_("Use at most %(most)d characters."), {"most": LONGEST_NAME})
    if not name.isprintable():
        yield Issue(where, N_("The name holds characters that cannot be shown. Type it again."))


def calendar_issues(calendar: Calendar) -> Iterator[Issue]:
    """Everything wrong with a company's calendar and currency."""
    if calendar.time_zone not in available_timezones():
        yield Issue(
            "time_zone",
            N_("“%(zone)s” is not a time zone. Choose one such as Asia/Shanghai."),
            {"zone": calendar.time_zone[:64]},
        )
    if not (len(calendar.currency) == 3 and calendar.currency.isascii() and calendar.currency.isupper()):
        yield Issue("currency", N_("Choose a currency by its three letters, for example CNY."))
    if not 1 <= calendar.fiscal_year_start <= 12:
        yield Issue("fiscal_year_start", N_("The fiscal year starts in a month from 1 to 12."))
    if not 1 <= calendar.week_start <= 7:
        yield Issue("week_start", N_("The week starts on a day from 1 (Monday) to 7 (Sunday)."))
