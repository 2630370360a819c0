"""From a snapshot to what each person is paid: factor x prorated target x coefficient, person cap, one rounding.

In a pool the unit of calculation is the team, for everybody's part depends on everybody's weight: one person who cannot
be calculated stops the whole team. Sources: goals_and_pay 3.6 to 3.9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from apps.incentives.domain.attainment import ONE, ZERO
from apps.incentives.domain.components import Assembly, Situation, assemble
from apps.incentives.domain.plan import Kind, Measured, Plan, TargetOf
from apps.incentives.domain.pool import Claim, Funding, Part, add_up, split
from apps.incentives.domain.proration import Rule, shares, slice_issues
from apps.incentives.domain.rounding import When, from_minor, step_of, to_minor
from apps.incentives.domain.snapshot import (
    POOL_METRIC,
    TARGET_METRIC,
    Blocked,
    Line,
    Participant,
    PoolResult,
    Result,
    Run,
    Slice,
    SliceResult,
    Snapshot,
)
from apps.kernel.issue import N_, Issue, Refusal


def calculate(snapshot: Snapshot) -> Run:
    """Calculate everybody. Who cannot be calculated is `blocked`, with all reasons; nobody is paid on a guess.

    Results and everything else are in the order of keys, whatever order the snapshot is in.
    """
    desk = Desk(snapshot)
    people = sorted(snapshot.participants, key=lambda each: each.key)
    if snapshot.plan.kind is Kind.POOL:
        return _pooled(desk, people)
    results, blocked = [], []
    for person in people:
        try:
            results.append(_individual(desk, person))
        except Refusal as refusal:
            blocked.append(Blocked(person.key, _issues(refusal)))
    return Run(tuple(results), tuple(blocked), desk.assemblies)


def calculate_one(snapshot: Snapshot, key: str) -> Result | Blocked:
    """One person alone, as `calculate` would; in a pool with their teams. KeyError for somebody who is not in it."""
    teams = {part.team for each in snapshot.participants if each.key == key for part in each.slices}
    pooled = snapshot.plan.kind is Kind.POOL
    needed = [
        each
        for each in snapshot.participants
        if each.key == key or (pooled and any(part.team in teams for part in each.slices))
    ]
    run = calculate(replace(snapshot, participants=tuple(needed)))
    blocked = {each.participant: each for each in run.blocked}
    return blocked[key] if key in blocked else run.by_key[key]


class Desk:
    """Where one snapshot is worked on: it remembers what each team's readings came to."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.plan = snapshot.plan
        self.assemblies: dict[tuple[str, str], Assembly] = {}
        self._refusals: dict[tuple[str, str], Refusal] = {}
        self._decisions = {(each.component, each.team): each for each in snapshot.decisions}
        self._by_target = any(component.tiers for component in self.plan.components)
        self._adjusted: dict[str, int] = {}
        for each in snapshot.adjustments:
            self._adjusted[each.participant] = self._adjusted.get(each.participant, 0) + each.minor

    def assembly(self, team: str, target: Fraction) -> Assembly:
        """What a team's readings come to; measured against `target` where tiers pay money. Refusal as `assemble`."""
        key = (team, str(target) if self._by_target else "")
        if key in self._refusals:
            raise self._refusals[key]
        if key not in self.assemblies:
            situation = Situation(self.snapshot.readings, team, self._decisions, target)
            try:
                self.assemblies[key] = assemble(self.plan, situation)
            except Refusal as refusal:
                self._refusals[key] = refusal
                raise
        return self.assemblies[key]

    def adjusted(self, participant: str) -> int:
        """What was added to somebody by hand, in minor units."""
        return self._adjusted.get(participant, 0)

    def target(self, part: Slice) -> Fraction:
        """A slice's target bonus for the whole period, in the plan's currency."""
        if self.plan.target is TargetOf.FIXED:
            return part.amount
        if self.plan.target is TargetOf.SALARY:
            if part.salary is None:
                raise Refusal(N_("The target bonus is a share of the salary, and there is no salary. Give it."))
            return part.amount * part.salary
        return part.amount * self.metric(TARGET_METRIC, part.team)

    def metric(self, key: str, team: str) -> Fraction:
        """A metric that money is a share of: the team's value, else the company's; never below 0."""
        for scope in (team, ""):
            reading = self.snapshot.readings.get((key, scope))
            if reading is not None and reading.actual is not None:
                return max(reading.actual, ZERO)
        raise Refusal(N_("The metric that the money is a share of has no value for the period. Upload the data."))


def slices_of(desk: Desk, person: Participant) -> tuple[SliceResult, ...]:
    """Somebody's slices with targets, shares and factors. Refusal lists all that is wrong with dates and amounts."""
    snapshot, days = desk.snapshot, [each.days for each in person.slices]
    trouble = [issue for issue in slice_issues(snapshot.period, days, person.leaves) if issue.blocking]
    trouble += _amount_issues(desk.plan, snapshot, person)
    if trouble:
        raise Refusal(N_("Pay cannot be calculated yet: figures are missing."), issues=trouble)
    parts = shares(desk.plan.proration, snapshot.period, days, person.leaves, snapshot.working_days)
    found = []
    for part, share in zip(person.slices, parts, strict=True):
        target = desk.target(part)
        factor = desk.assembly(part.team, target).factor
        money = target * share * factor * part.coefficient
        found.append(SliceResult(part.days, part.team, target, share, part.coefficient, factor, money))
    return tuple(found)


def _amount_issues(plan: Plan, snapshot: Snapshot, person: Participant) -> list[Issue]:
    found = []
    if not person.slices:
        found.append(Issue("", N_("There is no assignment in the period. Add one, or take the person out.")))
    if any(each.amount < 0 or each.coefficient < 0 for each in person.slices):
        found.append(Issue("", N_("Target bonus and coefficient must be 0 or more.")))
    if plan.proration.rule is Rule.WORKING and not snapshot.working_days:
        found.append(Issue("", N_("The period has no working days. Check the calendar.")))
    if person.forfeits and not person.reason.strip():
        found.append(Issue("", N_("Say why nothing is paid: the reason stands on the statement.")))
    return found


def _issues(refusal: Refusal) -> tuple[Issue, ...]:
    return refusal.issues or (Issue("", refusal.message, refusal.params),)


def _cap_of(plan: Plan, person: Participant) -> Fraction | None:
    caps = [cap for cap in (plan.person_cap, person.cap) if cap is not None]
    return min(caps) if caps else None


# --- each for themselves ---------------------------------------------------------------------------------------------


def _individual(desk: Desk, person: Participant) -> Result:
    plan, snapshot = desk.plan, desk.snapshot
    slices = slices_of(desk, person)
    currency = person.currency or plan.currency
    rate = ONE if currency == plan.currency else snapshot.rates.get(currency)
    if rate is None:
        raise Refusal(N_("There is no rate from %(one)s to %(other)s."), {"one": plan.currency, "other": currency})
    uncapped = sum((each.money for each in slices), ZERO)
    cap = _cap_of(plan, person)
    exact = uncapped if cap is None else min(uncapped, cap)
    if person.forfeits:
        exact = ZERO
    ratio = Fraction(exact * rate, uncapped) if uncapped else ZERO
    lines = [(key, amount * ratio) for key, amount in _parts(desk, slices).items()]
    minor, rounded = _rounded(plan, currency, exact * rate, lines, capped=exact < uncapped)
    return Result(
        participant=person.key,
        currency=currency,
        slices=slices,
        lines=tuple(Line(key, amount, rounded[key]) for key, amount in lines),
        uncapped=uncapped,
        exact=exact,
        rate=rate,
        minor=minor,
        earlier=person.earlier if plan.measured is Measured.CUMULATIVE else 0,
        adjusted=desk.adjusted(person.key),
        forfeited=person.forfeits,
    )


def _parts(desk: Desk, slices: Sequence[SliceResult]) -> dict[str, Fraction]:
    """What each component adds to somebody's money, over all slices, before the person cap."""
    found: dict[str, Fraction] = {}
    for each in slices:
        for key, part in desk.assembly(each.team, each.target).parts():
            found[key] = found.get(key, ZERO) + part * each.weight
    return found


def _rounded(
    plan: Plan, currency: str, exact: Fraction, lines: Sequence[tuple[str, Fraction]], *, capped: bool
) -> tuple[int, Mapping[str, int]]:
    """The amount in minor units, and each line's so that they make it. A cap is paid to the cent."""
    rule = plan.rounding
    minor = to_minor(exact, currency, rule)
    if rule.when is When.PER_COMPONENT and not capped:
        each = {key: to_minor(amount, currency, rule) for key, amount in lines}
        return sum(each.values()), each
    return minor, add_up(minor, lines, step_of(currency, rule))


# --- a pool ----------------------------------------------------------------------------------------------------------


def _pooled(desk: Desk, people: Sequence[Participant]) -> Run:
    slices: dict[str, tuple[SliceResult, ...]] = {}
    stopped: dict[str, tuple[Issue, ...]] = {}
    for person in people:
        try:
            slices[person.key] = slices_of(desk, person)
        except Refusal as refusal:
            stopped[person.key] = _issues(refusal)
    own = set(stopped)
    pools: dict[str, PoolResult] = {}
    for team, members in _teams(people).items():
        waiting = [member.key for member in members if member.key in own]
        try:
            if waiting:
                raise Refusal(_WAITING, {"team": team, "people": ", ".join(waiting[:5])})
            pools[team] = _pool(desk, team, members, slices)
        except Refusal as refusal:
            for member in members:
                stopped.setdefault(member.key, _issues(refusal))
    parts = {team: pool.split.by_key for team, pool in pools.items()}
    free = [person for person in people if person.key not in stopped]
    return Run(
        results=tuple(_member(desk, person, slices[person.key], parts) for person in free),
        blocked=tuple(Blocked(key, stopped[key]) for key in sorted(stopped)),
        assemblies=desk.assemblies,
        pools=tuple(pools[team] for team in sorted(pools)),
    )


_WAITING = N_("The pool of %(team)s waits for %(people)s: everybody's part depends on everybody's weight.")


def _teams(people: Sequence[Participant]) -> dict[str, list[Participant]]:
    """Who was in which team."""
    teams: dict[str, list[Participant]] = {}
    for person in people:
        for team in sorted({each.team for each in person.slices}):
            teams.setdefault(team, []).append(person)
    return teams


def _pool(
    desk: Desk, team: str, members: Sequence[Participant], slices: Mapping[str, Sequence[SliceResult]]
) -> PoolResult:
    """Fund and split one team's pool."""
    plan = desk.plan
    mine = {member.key: [each for each in slices[member.key] if each.team == team] for member in members}
    targets = sum((each.target * each.share for parts in mine.values() for each in parts), ZERO)
    funded = _funded(desk, team, targets)
    factor = desk.assembly(team, funded).factor
    exact = funded * factor
    step = step_of(plan.currency, plan.rounding)
    claims = [_claim(plan, member, sum((each.weight for each in mine[member.key]), ZERO)) for member in members]
    found = split(to_minor(exact, plan.currency, plan.rounding), claims, plan.pool, step)
    return PoolResult(team, funded, factor, exact, found)


def _funded(desk: Desk, team: str, targets: Fraction) -> Fraction:
    terms = desk.plan.pool
    if terms.funding is Funding.SUM_OF_TARGETS:
        return targets
    if terms.funding is Funding.SHARE_OF_METRIC:
        return terms.rate * desk.metric(POOL_METRIC, team)
    if team not in desk.snapshot.pools:
        raise Refusal(N_("The pool of %(team)s has no amount. Give one."), {"team": team})
    return desk.snapshot.pools[team]


def _claim(plan: Plan, member: Participant, weight: Fraction) -> Claim:
    cap = _cap_of(plan, member)
    limit = None if cap is None else to_minor(cap, plan.currency)
    return Claim(member.key, weight, limit, member.forfeits)


def _member(
    desk: Desk, person: Participant, slices: Sequence[SliceResult], pools: Mapping[str, Mapping[str, Part]]
) -> Result:
    """Somebody's parts of their teams' pools; the slices' money and the lines make each part."""
    currency = desk.plan.currency
    parts = {team: pools[team][person.key] for team in sorted({each.team for each in slices})}
    minor = sum(part.minor for part in parts.values())
    paid = tuple(_paid(each, slices, from_minor(parts[each.team].minor, currency)) for each in slices)
    lines: dict[str, Fraction] = {}
    for each in paid:
        for key, part in desk.assembly(each.team, each.target).parts():
            lines[key] = lines.get(key, ZERO) + (Fraction(part * each.money, each.factor) if each.factor else ZERO)
    rounded = add_up(minor, list(lines.items()), step_of(currency, desk.plan.rounding))
    return Result(
        participant=person.key,
        currency=currency,
        slices=paid,
        lines=tuple(Line(key, amount, rounded[key]) for key, amount in lines.items()),
        uncapped=sum((part.exact for part in parts.values()), ZERO) * from_minor(1, currency),
        exact=from_minor(minor, currency),
        rate=ONE,
        minor=minor,
        earlier=0,
        adjusted=desk.adjusted(person.key),
        forfeited=person.forfeits,
    )


def _paid(each: SliceResult, slices: Sequence[SliceResult], money: Fraction) -> SliceResult:
    """A slice with its part of what its team's pool gave to the person, by weight."""
    whole = sum((other.weight for other in slices if other.team == each.team), ZERO)
    return replace(each, money=Fraction(money * each.weight, whole) if whole else ZERO)
