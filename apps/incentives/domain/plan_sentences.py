"""Every sentence that a plan's text is made of, by the setting it says. `plan_text` chooses and fills them in."""

from __future__ import annotations

from apps.incentives.domain.attainment import Basis, Direction, Lower, RangeRule
from apps.incentives.domain.curve import Above, Below, Shape, TierRule
from apps.incentives.domain.deltas import NegativeRule
from apps.incentives.domain.plan import Combine, GatesWhen, Kind, Measured, Missing, Scope, TargetOf, Unknown
from apps.incentives.domain.pool import Excess, Funding, LeaverShare
from apps.incentives.domain.proration import Rule
from apps.incentives.domain.rounding import Mode, Unit, When
from apps.kernel.issue import N_

# --- what it is ------------------------------------------------------------------------------------------------------

HOLDS = {
    False: N_("“%(plan)s” holds from %(first)s until another version takes its place. Amounts are in %(currency)s."),
    True: N_("“%(plan)s” holds from %(first)s to %(last)s. Amounts are in %(currency)s."),
}
PAYS = {
    "month": N_("It is calculated for each month."),
    "quarter": N_("It is calculated for each quarter."),
    "half": N_("It is calculated for each half-year."),
    "year": N_("It is calculated for each year."),
}
KIND = {
    Kind.INDIVIDUAL: N_("Everybody has a target bonus of their own: what is paid at a payout factor of 100 %%."),
    Kind.POOL: N_("A team shares one pool, split by prorated target bonus × individual coefficient."),
}
TARGET = {
    TargetOf.FIXED: N_("The target bonus is an amount that is agreed with each person."),
    TargetOf.SALARY: N_("The target bonus is a share of each person's salary for the period."),
    TargetOf.METRIC: N_("The target bonus is a share, agreed with each person, of “%(metric)s”."),
}
FUNDING = {
    Funding.FIXED: N_("What is in a team's pool at 100 %% is an amount fixed for the team."),
    Funding.SUM_OF_TARGETS: N_("In a team's pool at 100 %% is the sum of its people's prorated target bonuses."),
    Funding.SHARE_OF_METRIC: N_("In a team's pool at 100 %% are %(rate)s of “%(metric)s”."),
}


# --- one line --------------------------------------------------------------------------------------------------------

SOURCE = {
    (Scope.COMPANY, False): N_("It reads “%(metric)s” of the company. Its weight is %(weight)s."),
    (Scope.TEAM, False): N_("It reads “%(metric)s” of the team somebody was in. Its weight is %(weight)s."),
    (Scope.COMPANY, True): N_("It reads “%(metric)s” of the company."),
    (Scope.TEAM, True): N_("It reads “%(metric)s” of the team somebody was in."),
}
ATTAINED = {
    (Basis.RATIO, Direction.HIGHER): N_("More is better. Attainment is the value divided by the target."),
    (Basis.BASELINE, Direction.HIGHER): N_("More is better. Attainment is the share of the way from start to target."),
    (Basis.BASELINE, Direction.LOWER): N_("Less is better. Attainment is the share of the way from start to target."),
    (Basis.ACTUAL, Direction.HIGHER): N_("More is better. The curve is written on the value itself."),
    (Basis.ACTUAL, Direction.LOWER): N_("Less is better. The curve is written on the value itself."),
}
LOWER = {
    Lower.MIRROR: N_("Less is better. Attainment is 2 − value ÷ target, and never below 0."),
    Lower.RECIPROCAL: N_(
        "Less is better. Attainment is target ÷ value; a value of 0 or below counts as the last point."
    ),
}
BINARY = {
    (Direction.HIGHER, True): N_("100 %% where the value reaches the target or is above it, else 0."),
    (Direction.HIGHER, False): N_("100 %% where the value is above the target, else 0."),
    (Direction.LOWER, True): N_("100 %% where the value is the target or below it, else 0."),
    (Direction.LOWER, False): N_("100 %% where the value is below the target, else 0."),
}
RANGE = {
    RangeRule.DISTANCE: N_("100 %% inside the agreed range; outside it falls off in a line, to 0 at the tolerance."),
    RangeRule.BINARY: N_("100 %% inside the agreed range, else 0."),
    RangeRule.SHARE: N_("The share of due readings that lay inside the agreed range; a missed one counts as outside."),
    RangeRule.MIRRORED: N_("1 − the distance from the target ÷ the target, and never below 0."),
}
BOUNDS = {
    True: N_("The ends of the range count as inside."),
    False: N_("The ends of the range count as outside."),
}
EXACT = {
    False: N_("Attainment is not rounded before the curve."),
    True: N_("Attainment is rounded to %(decimals)s decimals of a percent before the curve."),
}
CAP = N_("This line pays no more than %(cap)s.")
SHAPE = {
    Shape.INTERPOLATE: N_("The payout factor runs in straight lines through these points: %(points)s."),
    Shape.STEP: N_("The payout factor is that of the last point reached: %(points)s."),
    Shape.DIRECT: N_("The payout factor is what was attained."),
}
THRESHOLD = {
    (Below.ZERO, True): N_("Below %(first)s nothing is paid; exactly %(first)s is enough."),
    (Below.ZERO, False): N_("Up to %(first)s nothing is paid; exactly %(first)s is not enough."),
    (Below.FIRST, True): N_("Before %(first)s what is paid at %(first)s is paid, too."),
    (Below.FIRST, False): N_("Up to %(first)s what is paid at %(first)s is paid; a point counts once it is passed."),
}
ABOVE = {
    Above.FLAT: N_("Past %(last)s no more is paid than there."),
    Above.EXTEND: N_("Past %(last)s more is paid, along the last slope."),
}
MOST = N_("The curve never pays more than %(cap)s.")
TIERS = {
    TierRule.MARGINAL: N_("It pays by bands, each rate for what lies in its band: %(bands)s."),
    TierRule.WHOLE_RATE: N_("It pays by bands, the rate of the band reached for the whole value: %(bands)s."),
}
TIER_BOUND = {
    True: N_("A value exactly on a bound belongs to the upper band."),
    False: N_("A value exactly on a bound belongs to the lower band."),
}


# --- the whole -------------------------------------------------------------------------------------------------------

COMBINE = {
    Combine.WEIGHTED: N_("Each line has its own curve; the payout factor is the weighted sum of the lines."),
    Combine.ON_TOTAL: N_("Attainments are weighted and added; one curve turns their sum into the payout factor."),
    Combine.MULTIPLIED: N_("The payout factor is the product of the factors of all lines."),
}
GATES_WHEN = {
    GatesWhen.LAST: N_("Gates come last, after all multipliers: nothing climbs over a gate."),
    GatesWhen.BEFORE_MULTIPLIERS: N_("Gates come before the multipliers."),
}
UNKNOWN = {
    Unknown.BLOCKS: N_("Without a value of “%(name)s” nothing is calculated."),
    Unknown.NOT_PASSED: N_("Without a value “%(name)s” counts as not met."),
}
CONDITION = {
    (True, True): N_("“%(name)s”: “%(metric)s” is at least %(bound)s."),
    (True, False): N_("“%(name)s”: “%(metric)s” is above %(bound)s."),
    (False, True): N_("“%(name)s”: “%(metric)s” is at most %(bound)s."),
    (False, False): N_("“%(name)s”: “%(metric)s” is below %(bound)s."),
}
WHOSE = {
    Scope.COMPANY: N_("“%(name)s” looks at the company."),
    Scope.TEAM: N_("“%(name)s” looks at the team somebody was in."),
}
GATED = {
    True: N_("Where “%(name)s” is not met, no more than %(cap)s of the target bonus is paid."),
    False: N_("Where “%(name)s” is not met, “%(line)s” pays no more than %(cap)s."),
}
TIMES = N_("“%(name)s” multiplies the payout factor by %(factor)s.")
TIMES_WHILE = N_("Where “%(name)s” is met, the payout factor is multiplied by %(factor)s.")
TIMES_CURVE = N_("“%(name)s” multiplies the payout factor by what a curve reads from “%(metric)s”.")
TOTAL_CAP = N_("The payout factor is never more than %(cap)s.")
PERSON_CAP = N_("Nobody is paid more than %(cap)s for a period.")


# --- time, amount, trouble, handling ---------------------------------------------------------------------------------

MEASURED = {
    Measured.PERIOD: N_("Each period stands alone."),
    Measured.CUMULATIVE: N_(
        "Measured from the start of the year: values and targets that add up are added up, a ratio is that of the "
        "sums, anything else counts as it stands in the last period. Target bonus and cap count for each period "
        "since; what was paid earlier in the year is taken off, but for amounts added by hand."
    ),
}
PRORATION = {
    Rule.CALENDAR: N_("Who was there for a part of the period has that part of the target bonus, by calendar days."),
    Rule.THIRTY_360: N_(
        "Who was there for a part of the period has that part of the target bonus; each month has 30 days."
    ),
    Rule.WORKING: N_("Who was there for a part of the period has that part of the target bonus, by working days."),
    Rule.CUT_OFF: N_(
        "Who begins by day %(day)s of a month has all of it; who begins later begins with the next month."
    ),
    Rule.WHOLE_MONTHS: N_("Only months served from their first to their last day count."),
    Rule.NONE: N_("Whoever was there at all has the whole target bonus."),
}
MODE = {Mode.HALF_UP: N_("Halves are rounded up."), Mode.HALF_EVEN: N_("Halves are rounded to the even neighbour.")}
UNIT = {
    Unit.MINOR: N_("Amounts are rounded to the currency's smallest unit."),
    Unit.WHOLE: N_("Amounts are rounded to whole units of the currency."),
}
WHEN = {
    When.ONCE: N_("Each person's amount is rounded once, at the very end."),
    When.PER_COMPONENT: N_("Each line is rounded by itself; the amount is their sum."),
}
AMOUNT = {
    Kind.INDIVIDUAL: N_("Amount = prorated target bonus × payout factor × individual coefficient."),
    Kind.POOL: N_("Cents left over by the split go to the largest remainders, so that the parts make the pool."),
}
EXCESS = {
    Excess.UNSPENT: N_("What a person's cap leaves of the pool stays unspent."),
    Excess.RESPREAD: N_("What a person's cap leaves of the pool goes to the others."),
}
LEAVER = {
    LeaverShare.KEPT: N_("A share that somebody forfeits stays unspent."),
    LeaverShare.RESPREAD: N_("A share that somebody forfeits goes to the others."),
}
NEGATIVE = {
    NegativeRule.CARRY: N_("What a correction takes back is set against what is paid next."),
    NegativeRule.PAY: N_("What a correction takes back is taken off the next payroll."),
    NegativeRule.WAIVE: N_("What a correction takes back may be waived by two people; until then it is carried."),
    NegativeRule.IGNORE_SMALL: N_("What a correction takes back is not asked for below %(floor)s."),
}
MISSING = {
    Missing.BLOCKS: N_("Where a value is missing nothing is paid before it is there; missing never counts as 0."),
    Missing.ZERO: N_("Where a value is missing, somebody may decide, with a reason, that the line pays nothing."),
    Missing.REWEIGHT: N_("Where a value is missing, two people may decide that the other lines carry its weight."),
}
STEPS = {
    True: N_("One person who did not calculate it approves each calculation."),
    False: N_("%(steps)s people who did not calculate it approve each calculation."),
}
DISPUTE = N_("A statement can be disputed for %(days)s days.")
LEADS = {
    True: N_("A team's lead sees what the people of the team are paid by this plan."),
    False: N_("A team's lead does not see what the people of the team are paid by this plan."),
}
ESTIMATE = {
    True: N_("Before the end of a period everybody sees an estimate of their own amount; it binds nobody."),
    False: N_("Amounts are shown once they are approved, not before."),
}
