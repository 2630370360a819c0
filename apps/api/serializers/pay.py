"""Pay: who takes part, runs with what they come to, and one's own statements. Amounts are in units of a currency."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Figure, Paged
from apps.incentives.domain.states import State

STATES = [str(state) for state in State]
KINDS = ["regular", "adjustment", "dry"]


class ParticipantsQuery(Paged):
    plan = serializers.SlugField(required=False, max_length=60, help_text="Of this plan alone, by its key.")


class PayRunsQuery(Paged):
    plan = serializers.SlugField(required=False, max_length=60, help_text="Of this plan alone, by its key.")
    state = serializers.ChoiceField(choices=STATES, required=False)


class AssignmentShape(serializers.Serializer):
    """Days with one team, one target bonus and one coefficient; `last` is null as long as it goes on."""

    team = serializers.UUIDField(source="team_id")
    first = serializers.DateField()
    last = serializers.DateField(allow_null=True)
    target_bonus = Figure(source="amount")
    coefficient = Figure()
    salary = Figure(allow_null=True)


class LeaveShape(serializers.Serializer):
    """Days away, and which share of them does not count (1 is all)."""

    first = serializers.DateField()
    last = serializers.DateField()
    kind = serializers.CharField()
    not_counted = Figure(source="share")


class ParticipantShape(serializers.Serializer):
    """Somebody in a plan. `key` is what snapshots and the ledger know them by; `person` is null without an account."""

    id = serializers.UUIDField(source="pk")
    plan = serializers.CharField(source="plan.key")
    key = serializers.CharField()
    name = serializers.CharField()
    employee_number = serializers.CharField(allow_blank=True)
    person = serializers.UUIDField(source="person_id", allow_null=True)
    joined = serializers.DateField(allow_null=True)
    left_on = serializers.DateField(allow_null=True)
    assignments = AssignmentShape(many=True)
    leaves = LeaveShape(many=True)


class SumShape(serializers.Serializer):
    """An amount in a currency."""

    currency = serializers.CharField()
    amount = Figure()


class PayRunShape(serializers.Serializer):
    """A run. `totals` and `people` are null before it is calculated; `content` is what approvals are tied to."""

    id = serializers.UUIDField()
    plan = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(choices=STATES)
    first = serializers.DateField()
    last = serializers.DateField()
    revision = serializers.IntegerField()
    stale = serializers.BooleanField()
    content = serializers.CharField(allow_blank=True)
    corrects = serializers.UUIDField(allow_null=True)
    totals = SumShape(many=True, allow_null=True)
    people = serializers.IntegerField(allow_null=True)
    paid_on = serializers.DateField(allow_null=True)
    payroll_file = serializers.CharField(allow_blank=True)


class PaidLineShape(serializers.Serializer):
    """What a component pays; "" where components multiply each other. Lines add up to `calculated`."""

    component = serializers.CharField(allow_blank=True)
    amount = Figure()


class ResultShape(serializers.Serializer):
    """What a run pays somebody: `due` = `calculated` - `earlier` + `by_hand` - `posted`."""

    participant = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    employee_number = serializers.CharField(allow_blank=True)
    teams = serializers.ListField(child=serializers.CharField())
    currency = serializers.CharField()
    calculated = Figure()
    earlier = Figure()
    by_hand = Figure()
    posted = Figure()
    due = Figure()
    lines = PaidLineShape(many=True)
    fingerprint = serializers.CharField()


class StatementShape(serializers.Serializer):
    """A statement: `due` by its run, what was `carried` from before, what is `paid`, and what is carried on."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    plan = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    first = serializers.DateField()
    last = serializers.DateField()
    currency = serializers.CharField()
    due = Figure()
    carried = Figure()
    paid = Figure()
    carried_on = Figure()
    published_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)
    dispute_until = serializers.DateField()
    fingerprint = serializers.CharField()


class TeamStatementShape(StatementShape):
    """A statement with whose it is."""

    participant = serializers.UUIDField()
    name = serializers.CharField()
    employee_number = serializers.CharField(allow_blank=True)


class StatementCauseShape(serializers.Serializer):
    """What a line comes from in one team. Shares are of 1, to 12 decimals; `value` leads to `/values/{value}/rows`."""

    component = serializers.CharField()
    metric = serializers.CharField()
    team = serializers.CharField(allow_blank=True)
    actual = Figure(allow_null=True)
    target = Figure(allow_null=True)
    attainment = Figure(allow_null=True)
    payout_factor = Figure(allow_null=True)
    value = serializers.IntegerField(allow_null=True)
    sentences = serializers.ListField(child=serializers.CharField())


class StatementLineShape(PaidLineShape):
    """A line of a statement with everything that makes it."""

    name = serializers.CharField(allow_blank=True)
    causes = StatementCauseShape(many=True)


class WholeStatementShape(StatementShape):
    """A statement with its lines, from the money back to each value."""

    lines = StatementLineShape(many=True)
