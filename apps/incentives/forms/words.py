"""What the settings of a plan and their choices are called on the form."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.incentives.domain.attainment import Basis, Direction, Lower, RangeRule
from apps.incentives.domain.curve import Above, Below, Shape, TierRule
from apps.incentives.domain.deltas import NegativeRule
from apps.incentives.domain.plan import Combine, GatesWhen, Kind, Measured, Missing, Scope, TargetOf, Unknown
from apps.incentives.domain.pool import Excess, Funding, LeaverShare
from apps.incentives.domain.proration import Rule
from apps.incentives.domain.rounding import Mode, Unit, When

YES_NO = [("yes", _("Yes")), ("no", _("No"))]
INCLUDED = [("yes", _("Included: exactly on it is enough")), ("no", _("Excluded: exactly on it is not enough"))]
SCOPES = [(Scope.COMPANY, _("The company's value")), (Scope.TEAM, _("The value of the person's team"))]
DECIMALS = [("", _("Not rounded")), *((str(each), str(each)) for each in range(5))]

CHOICES = {
    "kind": [(Kind.INDIVIDUAL, _("Each person has a target bonus")), (Kind.POOL, _("A team shares a pool"))],
    "target": [
        (TargetOf.FIXED, _("An amount for each person")),
        (TargetOf.SALARY, _("A share of the salary")),
        (TargetOf.METRIC, _("A share of a metric")),
    ],
    "pool-funding": [
        (Funding.SUM_OF_TARGETS, _("The sum of its people's target bonuses")),
        (Funding.FIXED, _("An amount fixed for the team")),
        (Funding.SHARE_OF_METRIC, _("A share of a metric")),
    ],
    "combine": [
        (Combine.WEIGHTED, _("A curve for each line, then the weighted sum")),
        (Combine.ON_TOTAL, _("One curve on the weighted attainment")),
        (Combine.MULTIPLIED, _("Lines multiply each other")),
    ],
    "gates_when": [
        (GatesWhen.LAST, _("Last: nothing climbs over a gate")),
        (GatesWhen.BEFORE_MULTIPLIERS, _("Before the multipliers")),
    ],
    "measured": [
        (Measured.PERIOD, _("Each period by itself")),
        (Measured.CUMULATIVE, _("The year to date, less what was paid")),
    ],
    "missing": [
        (Missing.BLOCKS, _("Blocks: upload the data first")),
        (Missing.ZERO, _("The line may pay nothing, with a reason")),
        (Missing.REWEIGHT, _("Its weight may go to the others, by two people")),
    ],
    "proration-rule": [
        (Rule.CALENDAR, _("Calendar days")),
        (Rule.THIRTY_360, _("Months of 30 days")),
        (Rule.WORKING, _("Working days")),
        (Rule.CUT_OFF, _("Whole months from a cut-off day")),
        (Rule.WHOLE_MONTHS, _("Whole months only")),
        (Rule.NONE, _("None: the whole target bonus")),
    ],
    "rounding-mode": [(Mode.HALF_UP, _("Halves up")), (Mode.HALF_EVEN, _("Halves to the even neighbour"))],
    "rounding-unit": [(Unit.MINOR, _("The smallest unit (0.01)")), (Unit.WHOLE, _("Whole units (1)"))],
    "rounding-when": [(When.ONCE, _("Once, at the end")), (When.PER_COMPONENT, _("Each line by itself"))],
    "pool-excess": [(Excess.UNSPENT, _("Stays unspent")), (Excess.RESPREAD, _("Goes to the others"))],
    "pool-leaver_share": [(LeaverShare.KEPT, _("Stays unspent")), (LeaverShare.RESPREAD, _("Goes to the others"))],
    "negative-rule": [
        (NegativeRule.CARRY, _("Carried: set against the next payment")),
        (NegativeRule.PAY, _("Taken off the next payroll")),
        (NegativeRule.WAIVE, _("May be waived by two people")),
        (NegativeRule.IGNORE_SMALL, _("Not asked back below an amount")),
    ],
    "scope": SCOPES,
    "attaining-basis": [
        (Basis.RATIO, _("Value ÷ target")),
        (Basis.BASELINE, _("The share of the way from start to target")),
        (Basis.ACTUAL, _("None: the curve is on the value itself")),
        (Basis.BINARY, _("Reached or not")),
        (Basis.RANGE, _("Inside a range or not")),
    ],
    "attaining-direction": [(Direction.HIGHER, _("More is better")), (Direction.LOWER, _("Less is better"))],
    "attaining-lower": [
        (Lower.MIRROR, _("2 − value ÷ target, never below 0")),
        (Lower.RECIPROCAL, _("Target ÷ value")),
    ],
    "attaining-range_rule": [
        (RangeRule.DISTANCE, _("Falls off over the tolerance")),
        (RangeRule.BINARY, _("Nothing outside")),
        (RangeRule.SHARE, _("The share of readings inside")),
        (RangeRule.MIRRORED, _("By the distance from one value")),
    ],
    "attaining-bound_included": INCLUDED,
    "attaining-decimals": DECIMALS,
    "curve-shape": [
        (Shape.INTERPOLATE, _("A straight line from point to point")),
        (Shape.STEP, _("Steps: the last point reached")),
        (Shape.DIRECT, _("Pays as attained")),
    ],
    "curve-threshold_included": INCLUDED,
    "curve-below": [(Below.ZERO, _("Nothing")), (Below.FIRST, _("What the first point pays"))],
    "curve-above": [(Above.FLAT, _("No more than the last point")), (Above.EXTEND, _("More, along the last slope"))],
    "pays": [("curve", _("A payout factor, by a curve")), ("tiers", _("Money, by tiers on the value"))],
    "tiers-rule": [
        (TierRule.MARGINAL, _("Each rate for what lies in its band")),
        (TierRule.WHOLE_RATE, _("The rate of the band reached, for all")),
    ],
    "tiers-bound_included": [("yes", _("To the upper band")), ("no", _("To the lower band"))],
    "condition-at_least": [("yes", _("at least")), ("no", _("at most"))],
    "condition-bound_included": INCLUDED,
    "condition-scope": SCOPES,
    "unknown": [(Unknown.BLOCKS, _("Blocks")), (Unknown.NOT_PASSED, _("Counts as not met"))],
    "how": [
        ("always", pgettext_lazy("multiplier", "Always")),
        ("while", _("While a condition holds")),
        ("curve", _("By a curve on a metric")),
    ],
}
"""By the end of a field's name; the default stands first."""

LABELS = {
    "kind": _("Whose bonus it is"),
    "target": _("What the target bonus is"),
    "target_metric": _("Of which metric"),
    "pool-funding": _("What is in the pool"),
    "pool-rate": _("Share in percent"),
    "pool-metric": _("Of which metric"),
    "combine": _("How lines make the whole"),
    "total_cap": _("Most for the whole, in percent"),
    "person_cap": _("Most for a person, as an amount"),
    "gates_when": _("Gates come"),
    "measured": _("Time that counts"),
    "missing": _("Where a value is missing"),
    "proration-rule": _("Part of a period"),
    "proration-cut_off_day": _("Cut-off day"),
    "rounding-mode": _("Halves"),
    "rounding-unit": _("Rounded to"),
    "rounding-when": _("When it is rounded"),
    "pool-excess": _("What a cap leaves of the pool"),
    "pool-leaver_share": _("A share that is forfeited"),
    "negative-rule": _("What is owed back"),
    "negative-floor": _("Below which amount"),
    "name": pgettext_lazy("line", "Name"),
    "metric": _("Metric"),
    "weight": _("Weight in percent"),
    "scope": _("Whose value counts"),
    "cap": _("Most for this line, in percent"),
    "attaining-basis": _("How attainment is measured"),
    "attaining-direction": _("Which way is good"),
    "attaining-lower": _("Where less is better"),
    "attaining-range_rule": _("Outside the range"),
    "attaining-bound_included": _("The bound itself"),
    "attaining-decimals": _("Decimals of attainment"),
    "curve-shape": _("Between the points"),
    "curve-threshold_included": _("A point itself"),
    "curve-below": _("Before the first point it pays"),
    "curve-above": _("Past the last point it pays"),
    "curve-cap": _("Most the curve pays, in percent"),
    "pays": _("What it pays"),
    "tiers-rule": _("How tiers pay"),
    "tiers-bound_included": _("A value on a bound belongs"),
    "condition-metric": _("While which metric"),
    "condition-at_least": _("is"),
    "condition-bound": _("this value"),
    "condition-bound_included": _("The bound itself"),
    "condition-scope": _("Whose value counts"),
    "component": _("Limits"),
    "unknown": _("Without a value"),
    "factor": _("Factor, such as 1.1"),
    "how": _("When it applies"),
    "effective_from": _("First day"),
    "effective_until": _("Last day, if it has one"),
    "approval_steps": _("People who approve a calculation"),
    "dispute_days": _("Days to dispute a statement"),
    "lead_sees_team": _("Team leads see their people's pay"),
    "show_estimate": _("Everybody sees an estimate beforehand"),
    "note": _("What is new, for those it is for"),
}
"""By the end of a field's name."""

HELP = {
    "cap": _("Empty: no cap."),
    "total_cap": _("Empty: no cap."),
    "person_cap": _("Empty: no cap."),
    "curve-cap": _("Empty: no cap."),
    "effective_until": _("Empty: until another version takes its place."),
}
