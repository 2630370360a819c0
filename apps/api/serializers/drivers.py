"""What is asked of a bridge, and what is answered."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Figure, Strict
from apps.api.serializers.model import GRAINS
from apps.drivers.selectors import AGAINST, WAYS


class BridgeQuery(Strict):
    """Which period against what, of whom, by which method."""

    grain = serializers.ChoiceField(choices=GRAINS, required=False, help_text="The metric's first one without it.")
    period = serializers.CharField(
        required=False, max_length=20, help_text="2026-06, 2026-Q2, 2026-W23 …; the newest ended one without it."
    )
    against = serializers.ChoiceField(choices=list(AGAINST), default="previous")
    base = serializers.CharField(
        required=False, max_length=20, help_text="The period to compare with, for `against=period`."
    )
    dimension = serializers.RegexField(r"^[a-z][a-z0-9_]{0,40}$", default="", allow_blank=True)
    member = serializers.CharField(
        default="", allow_blank=True, max_length=200, trim_whitespace=False, help_text="Filters the whole tree."
    )
    peer = serializers.CharField(
        default="", allow_blank=True, max_length=200, trim_whitespace=False,
        help_text="The member to compare with, for `against=peer`; the whole company without one.",
    )  # fmt: skip
    method = serializers.ChoiceField(choices=list(WAYS), default="shapley")


class BarShape(serializers.Serializer):
    """A part of the change, or a bar of its own. Exact figures at 12 places; `shown` ones add up at every level."""

    id = serializers.CharField(help_text="Of the tree's node, or a path where no node stands for it.")
    level = serializers.IntegerField(help_text="0 for the metric itself; each bar right after what it is a part of.")
    kind = serializers.ChoiceField(choices=["part", "dimension", "gap", "held", "definition", "coverage"])
    metric = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    periods_earlier = serializers.IntegerField()
    before = Figure(allow_null=True)
    after = Figure(allow_null=True)
    effect = Figure(help_text="Of the change of the metric, in its unit.")
    shown = Figure(help_text="The same, rounded so that it adds up.")
    share = Figure(allow_null=True, help_text="Of the change; null where a share would say nothing.")
    flagged = serializers.BooleanField(help_text="More than 0.5 % of it is measured beside its formula.")
    unsplit = serializers.CharField(allow_blank=True, help_text="Why it is taken as a whole.")


class BridgeShape(serializers.Serializer):
    """A metric between two ends. Without an answer `reason` says why, and there are no bars."""

    metric = serializers.CharField()
    grain = serializers.ChoiceField(choices=GRAINS)
    period = serializers.CharField(allow_null=True)
    base = serializers.CharField(allow_null=True)
    against = serializers.ChoiceField(choices=list(AGAINST))
    dimension = serializers.CharField(allow_blank=True)
    member = serializers.CharField(allow_blank=True)
    peer = serializers.CharField(allow_blank=True)
    method = serializers.ChoiceField(choices=list(WAYS))
    before = Figure(allow_null=True)
    after = Figure(allow_null=True)
    change = Figure(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    paragraph = serializers.CharField(allow_blank=True)
    bars = BarShape(many=True)
