"""Forms of definitions, the tree and the North Star. A form writes the same document as code would."""

from apps.metrics.forms.choices import DIRECTIONS, GRAINS, HOWS, OPERATORS, RATIO_HOWS, SIDES, UNITS
from apps.metrics.forms.definition import DefinitionForm, initial_of
from apps.metrics.forms.registry import KIND_FORMS, form_of
from apps.metrics.forms.score import ScoreForm
from apps.metrics.forms.tree import NodeForm

__all__ = [
    "DIRECTIONS",
    "GRAINS",
    "HOWS",
    "KIND_FORMS",
    "OPERATORS",
    "RATIO_HOWS",
    "SIDES",
    "UNITS",
    "DefinitionForm",
    "NodeForm",
    "ScoreForm",
    "form_of",
    "initial_of",
]
