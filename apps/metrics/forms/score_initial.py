"""A score's document as the initial values of its form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.metrics.forms.score import BOUNDS
from apps.metrics.forms.score_extras import initial_extras
from apps.metrics.forms.score_weights import in_per_cent


def initial_of_score(document: Mapping[str, Any]) -> dict[str, Any]:
    """What only the document of a score holds, as initial values."""
    share = Decimal(document["least_coverage"]) * 100
    initial: dict[str, Any] = {"mean": document["mean"], "least_coverage": int(share)}
    shares = in_per_cent([group["weight"] for group in document["groups"]])
    for at, group in enumerate(document["groups"]):
        initial |= {f"group{at}_name_{language}": text for language, text in group["name"].items()}
        initial[f"group{at}_weight"] = shares[at]
        inside = in_per_cent([part["weight"] for part in group["parts"]])
        for number, part in enumerate(group["parts"]):
            initial |= _initial_part(f"group{at}_part{number}", part | {"weight": inside[number]})
    for at, cap in enumerate(document["caps"]):
        initial |= {f"cap{at}_{name}": value for name, value in cap.items()}
    initial["kept_weights"] = _weights_in(document)
    return initial | initial_extras(document)


def _weights_in(document: Mapping[str, Any]) -> dict[str, list[str]]:
    inside = {f"group{at}": [part["weight"] for part in group["parts"]] for at, group in enumerate(document["groups"])}
    return {"groups": [group["weight"] for group in document["groups"]], **inside}


def _initial_part(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    scale = part["scale"]
    initial = {f"{name}_metric": part["metric"], f"{name}_weight": part["weight"], f"{name}_scale": scale["type"]}
    if scale["type"] == "anchors":
        text = ", ".join(f"{anchor['at']} = {anchor['score']}" for anchor in scale["anchors"])
        return initial | {f"{name}_points": text}
    if scale["type"] == "steps":
        above = str(_("above"))
        text = ", ".join(f"{above if r['up_to'] is None else r['up_to']} = {r['score']}" for r in scale["steps"])
        return initial | {f"{name}_points": text}
    return initial | {f"{name}_{bound}": scale[bound] for bound, _label in BOUNDS[scale["type"]]}
