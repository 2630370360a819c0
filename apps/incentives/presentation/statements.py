"""A statement in words and figures: for its page, and as the data that its PDF is printed from. One source for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.utils.translation import gettext as _

from apps.common import formats
from apps.incentives.domain.attainment import Basis
from apps.incentives.domain.curve import marks_of, shown_decimals
from apps.incentives.domain.paper import (
    Cause,
    PaidLine,
    Paper,
    amount_sentences,
    paid_lines,
    pool_sentences,
    team_steps,
)
from apps.incentives.domain.proration import Days
from apps.incentives.domain.sentences import cents, money, number, percent
from apps.incentives.models import Run, Statement
from apps.incentives.presentation.pictures import Picture, picture
from apps.incentives.selectors.statements import Standing
from apps.kernel.issue import N_


@dataclass(frozen=True)
class CauseView:
    """What a component came to in one team: the metric, where its value is explained, the curve, and the sentences."""

    team: str
    days: str
    part: str
    attained: str
    factor: str
    actual: str
    target: str
    value_id: str
    metric: str
    curve: Picture | None
    sentences: tuple[str, ...]
    verdict: str = ""
    now: str = ""


@dataclass(frozen=True)
class LineView:
    """One line: what it pays, and what it is made of."""

    key: str
    name: str
    amount: str
    causes: tuple[CauseView, ...]


@dataclass(frozen=True)
class TeamView:
    """From the components of one team to its payout factor."""

    name: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class StatementView:
    """Everything a statement says, in words of the reader's language."""

    number: str
    title: str
    due: tuple[str, str]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[LineView, ...]
    teams: tuple[TeamView, ...]
    pools: tuple[str, ...]
    amount: tuple[str, ...]
    totals: tuple[tuple[str, str], ...]
    causes: tuple[str, ...]
    adjustments: tuple[tuple[str, str], ...]


TITLES = {
    Run.Kind.REGULAR: N_("Pay statement"),
    Run.Kind.ADJUSTMENT: N_("Pay statement: correction"),
}


Today = Mapping[tuple[str, str, str], Standing]


def statement_view(
    statement: Statement, *, whole_pools: bool = False, today: Today | None = None, drawn: bool = True
) -> StatementView:
    """A statement with its run, plan and participant loaded; `today`: its values as they are now; `drawn`: with the
    curves as pictures. No query."""
    paper, run = statement.paper, statement.run
    lines = paid_lines(paper)
    return StatementView(
        number=statement.number,
        title=_(TITLES[Run.Kind(run.kind)]),
        due=(_("Paid out"), cents(statement.pay, statement.currency)),
        facts=tuple(_facts(statement, paper)),
        lines=tuple(_line(each, statement, paper, today or {}, drawn=drawn) for each in lines),
        teams=tuple(_teams(statement, paper)),
        pools=tuple(each.in_words(_) for each in pool_sentences(_named(paper, statement), whole=whole_pools)),
        amount=tuple(each.in_words(_) for each in amount_sentences(paper)),
        totals=tuple(_totals(statement, paper)),
        causes=tuple(causes_in_words(statement)),
        adjustments=tuple((each.reason, cents(each.minor, statement.currency)) for each in paper.snapshot.adjustments),
    )


def days_words(days: Days) -> str:
    """The first and the last day."""
    return f"{formats.day(days.first)} – {formats.day(days.last)}"


def _facts(statement: Statement, paper: Paper) -> Iterator[tuple[str, str]]:
    person, run = statement.participant, statement.run
    yield _("Name"), person.name
    if person.employee_number:
        yield _("Employee number"), person.employee_number
    yield _("Plan"), _("%(plan)s, version %(version)s") % {"plan": run.plan.name, "version": run.version.number}
    yield _("Period"), days_words(Days(run.first, run.last))
    teams = [statement.teams.get(each.team, "") for each in paper.result.slices]
    yield _("Team"), formats.listed(dict.fromkeys(teams))
    yield _("Published"), formats.day(statement.published_at.date())


def _line(line: PaidLine, statement: Statement, paper: Paper, today: Today, *, drawn: bool) -> LineView:
    name = line.name or _("All components multiplied")
    causes = tuple(_cause(each, statement, paper, today, drawn=drawn) for each in line.causes)
    return LineView(line.key, name, cents(line.minor, statement.currency), causes)


def _cause(cause: Cause, statement: Statement, paper: Paper, today: Today, *, drawn: bool) -> CauseView:
    source = dict(cause.reading.source)
    place = (source.get("metric", ""), source.get("dimension", ""), source.get("member", ""))
    standing = today.get(place)
    added_up = sum(1 for word, _value in cause.reading.source if word == "value") > 1  # the year to date
    moved = standing is not None and not added_up and standing.exact != cause.reading.actual
    outcome, on_values = cause.outcome, cause.component.attaining.basis is Basis.ACTUAL
    attained = outcome.attained
    curve = None
    if drawn and attained is not None and outcome.landing is not None and not attained.top:
        curve = picture(cause.component.curve, attained.value, on_values=on_values)
    return CauseView(
        team=statement.teams.get(cause.team, ""),
        days=formats.listed(days_words(each) for each in cause.days),
        part=_exact(cause.exact, statement.currency),
        attained="" if attained is None or attained.top else _attained(cause, attained.value, on_values=on_values),
        factor=percent(outcome.factor),
        actual="–" if cause.reading.actual is None else number(cause.reading.actual),
        target="" if cause.reading.target is None else number(cause.reading.target),
        value_id=str(standing.id) if standing is not None else "",
        metric=source.get("metric", cause.component.metric),
        curve=curve,
        sentences=tuple(each.in_words(_) for each in cause.sentences),
        verdict=next((each.reason for each in paper.snapshot.decisions if each.component == cause.component.key), "")
        if outcome.verdict is not None
        else "",
        now=("–" if standing.exact is None else number(standing.exact)) if standing is not None and moved else "",
    )


def _attained(cause: Cause, value: Fraction, *, on_values: bool) -> str:
    return number(value) if on_values else percent(value, shown_decimals(value, marks_of(cause.component.curve)))


def _exact(amount: Fraction, currency: str) -> str:
    return money(amount, currency)


def _named(paper: Paper, statement: Statement) -> Paper:
    """The paper with the names of teams in place of their ids, for sentences about pools."""
    shared = tuple(
        replace(each, pool=replace(each.pool, team=statement.teams.get(each.pool.team, ""))) for each in paper.shared
    )
    return replace(paper, shared=shared)


def _teams(statement: Statement, paper: Paper) -> Iterator[TeamView]:
    for team in dict.fromkeys(each.team for each in paper.result.slices):
        yield TeamView(statement.teams.get(team, ""), tuple(each.in_words(_) for each in team_steps(paper, team)))


def _totals(statement: Statement, paper: Paper) -> Iterator[tuple[str, str]]:
    """From what the lines make to what is paid; each row only where it is something."""
    currency, result = statement.currency, paper.result
    rows = (
        (True, _("All lines"), result.minor),
        (bool(result.earlier), _("Paid earlier in the year"), -result.earlier),
        (bool(result.adjusted), _("Adjusted by hand"), result.adjusted),
        (bool(statement.posted), _("Posted for this period before"), -statement.posted),
        (statement.due != result.total or bool(statement.before), _("Due by this statement"), statement.due),
        (bool(statement.before), _("Owed back from before"), statement.before),
        (bool(statement.balance), _("Still owed back, carried to the next time"), statement.balance),
    )
    for applies, words, minor in rows:
        if applies:
            yield words, cents(minor, currency)
    yield _("Paid out"), cents(statement.pay, currency)


def causes_in_words(statement: Statement) -> Iterator[str]:
    """Of a correction: which figures moved, for the teams the person was in."""
    components = {each.key: each.name for each in statement.paper.plan.components}
    mine = {*statement.teams, ""}
    for each in statement.causes:
        if not each["key"]:
            yield _("What was paid for earlier periods of the year was corrected.")
        elif each["team"] in mine:
            yield _("%(name)s was corrected from %(before)s to %(after)s.") % {
                "name": components.get(str(each["key"]), str(each["key"])),
                "before": _figure(str(each["before"])),
                "after": _figure(str(each["after"])),
            }


def _figure(text: str) -> str:
    return number(Fraction(text)) if text else "–"


# --- as the data of a PDF --------------------------------------------------------------------------------------------


def print_data(statement: Statement, *, company: str, language: str) -> Mapping[str, object]:
    """What `domain.press` prints. In the language that is active; the same for the same statement, for good."""
    view = statement_view(statement, drawn=False)
    parts = [
        {"name": line.name, "amount": line.amount, "sentences": list(_line_sentences(line))} for line in view.lines
    ]
    parts += [
        {"name": reason, "amount": amount, "sentences": [_("Adjusted by hand")]} for reason, amount in view.adjustments
    ]
    return {
        "made": statement.published_at.isoformat(),
        "language": "zh" if language.startswith("zh") else "en",
        "title": view.title,
        "company": company,
        "number": view.number,
        "notice": "",
        "mark": f"{view.number} · SHA-256 {statement.fingerprint[:32]}",
        "facts": [list(each) for each in view.facts],
        "due": list(view.due),
        "parts": parts,
        "totals": [list(each) for each in view.totals],
        "causes_title": _("Why it was corrected"),
        "causes": list(view.causes),
        "notes": list(_notes(view, statement)),
    }


def _line_sentences(line: LineView) -> Iterator[str]:
    several = len({each.team for each in line.causes}) > 1
    for cause in line.causes:
        if several:
            yield _("%(team)s, %(days)s: %(part)s") % {"team": cause.team, "days": cause.days, "part": cause.part}
        yield from cause.sentences


def _notes(view: StatementView, statement: Statement) -> Iterator[str]:
    for team in view.teams:
        yield from (f"{team.name} · {each}" if len(view.teams) > 1 else each for each in team.sentences)
    yield from view.pools
    yield from view.amount
    yield _("Whoever holds this statement to be wrong says so until %(day)s.") % {
        "day": formats.day(statement.dispute_until)
    }
    yield _("Plan document SHA-256 %(plan)s; the ledger stood at %(head)s.") % {
        "plan": statement.run.version.content[:16],
        "head": statement.head[:16],
    }


def rows_of(statements: Iterable[Statement]) -> Sequence[tuple[Statement, str, str]]:
    """Statements with their period and amount in words, for a list."""
    return [
        (each, days_words(Days(each.run.first, each.run.last)), cents(each.pay, each.currency)) for each in statements
    ]
