"""What the form of a score asks beside its parts: bands with colours, and other weights for members of a split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.metrics.domain.scoring import USUAL_BANDS, ScoreBand

TONES = [
    ("good", _("green, with a tick")),
    ("warn", _("amber, with a triangle")),
    ("bad", _("red, with an octagon")),
    ("none", _("grey, with a circle")),
]
MOST_BANDS, MOST_SEGMENTS = 8, 50
BAND_FIELDS = ("name_en", "name_zh", "at_least", "tone")


@dataclass(frozen=True)
class SegmentFields:
    """The fields of one member with weights of its own; each weight with the name of the area it is of."""

    name: str
    dimension: forms.BoundField
    member: forms.BoundField
    weights: Sequence[tuple[str, forms.BoundField]]


class ScoreExtras:
    """Mixed into the form of a score: `_count`, `_add_number`, `_number` and `_sizes` are the form's own."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    _sizes: list[int]

    def _add_extras(self) -> None:
        """Fields of bands and segments, as many as there are or are asked for."""
        self._bands = self._count("band{}_at_least", 0, MOST_BANDS, "band")
        self._segments = self._count("segment{}_member", 0, MOST_SEGMENTS, "segment")
        for at in range(self._bands):
            for language, label in (("en", _("Band, in English")), ("zh", _("Band, in Chinese"))):
                self.fields[f"band{at}_name_{language}"] = forms.CharField(label=label, max_length=120, required=False)
            self._add_number(f"band{at}_at_least", _("From, in points"))
            self.fields[f"band{at}_tone"] = forms.ChoiceField(
                label=_("Colour and shape"), choices=TONES, required=False
            )
        for at in range(self._segments):
            self._add_segment(f"segment{at}")

    def _add_segment(self, name: str) -> None:
        self.fields[f"{name}_dimension"] = forms.ChoiceField(
            label=_("Dimension"), choices=self._dimension_choices, required=False
        )
        self.fields[f"{name}_member"] = forms.CharField(
            label=_("Member"), max_length=200, required=False, widget=forms.TextInput({"list": "score-members"})
        )
        for at in range(len(self._sizes)):
            self._add_number(f"{name}_weight{at}", self._group_name(at))

    def _group_name(self, at: int) -> str:
        """What an area is called, as it stands in the form."""
        chinese = (get_language() or "en").lower().startswith("zh")
        names = [self._given(f"group{at}_name_{language}") for language in (("zh", "en") if chinese else ("en", "zh"))]
        return next((name for name in names if name), str(_("Area %(n)s") % {"n": at + 1}))

    # --- for the template -----------------------------------------------------------------------------------------

    @property
    def bands(self) -> list[list[forms.BoundField]]:
        """The fields of each band."""
        return [[self[f"band{at}_{name}"] for name in BAND_FIELDS] for at in range(self._bands)]

    @property
    def segments(self) -> Iterator[SegmentFields]:
        """The fields of each member with weights of its own."""
        for at in range(self._segments):
            name = f"segment{at}"
            weights = [(self._group_name(n), self[f"{name}_weight{n}"]) for n in range(len(self._sizes))]
            yield SegmentFields(name, self[f"{name}_dimension"], self[f"{name}_member"], weights)

    @property
    def may_have_more_bands(self) -> bool:
        return self._bands < MOST_BANDS

    @property
    def may_have_more_segments(self) -> bool:
        return self._segments < MOST_SEGMENTS

    # --- to the document ------------------------------------------------------------------------------------------

    @property
    def filled_bands(self) -> list[int]:
        """Which bands were filled in."""
        return [at for at in range(self._bands) if self.cleaned_data.get(f"band{at}_at_least")]

    @property
    def filled_segments(self) -> list[int]:
        """Which members were named."""
        return [at for at in range(self._segments) if self.cleaned_data.get(f"segment{at}_member")]

    def _extras(self, groups: Sequence[int]) -> dict[str, Any]:
        """Bands and segments of the document; `groups` are the areas that are in it. Usual bands are not written."""
        bands = [self._band(f"band{at}") for at in self.filled_bands]
        own = [] if bands == [band.model_dump(mode="json") for band in USUAL_BANDS] else bands
        return {"bands": own, "segments": [self._segment(f"segment{at}", groups) for at in self.filled_segments]}

    def _band(self, name: str) -> dict[str, Any]:
        names = {language: self.cleaned_data.get(f"{name}_name_{language}") or "" for language in ("en", "zh")}
        return {
            "name": names, "at_least": self._number(f"{name}_at_least"),
            "tone": self.cleaned_data.get(f"{name}_tone") or "none",
        }  # fmt: skip

    def _segment(self, name: str, groups: Sequence[int]) -> dict[str, Any]:
        return {
            "dimension": self.cleaned_data.get(f"{name}_dimension") or "",
            "member": self.cleaned_data[f"{name}_member"],
            "weights": [self._number(f"{name}_weight{at}") or "0" for at in groups],
        }


def initial_extras(document: Mapping[str, Any]) -> dict[str, Any]:
    """Bands and segments of a document as initial values; the usual bands where it has none of its own."""
    initial: dict[str, Any] = {}
    bands = document.get("bands") or [_dumped(band) for band in USUAL_BANDS]
    for at, band in enumerate(bands):
        initial |= {f"band{at}_name_{language}": text for language, text in band["name"].items()}
        initial |= {f"band{at}_at_least": band["at_least"], f"band{at}_tone": band["tone"]}
    for at, segment in enumerate(document.get("segments") or ()):
        initial |= {f"segment{at}_dimension": segment["dimension"], f"segment{at}_member": segment["member"]}
        initial |= {f"segment{at}_weight{n}": weight for n, weight in enumerate(segment["weights"])}
    return initial


def _dumped(band: ScoreBand) -> dict[str, Any]:
    return band.model_dump(mode="json")
