"""Pieces of pages of pay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.kernel.issue import N_

register = template.Library()


@dataclass
class Part:
    """A heading of a plan's text with the lines below it."""

    title: str
    lines: list[str] = field(default_factory=list)


@register.filter
def sections(lines: Iterable[str]) -> list[Part]:
    """The lines of a published text (`domain.plan_text.as_text`) by heading; its first line, the name, is left out."""
    found: list[Part] = []
    for line in lines:
        if line.startswith("- "):
            if not found:
                found.append(Part(""))
            found[-1].lines.append(line[2:])
        elif line.strip():
            found.append(Part(line))
    return [part for part in found if part.lines]


TABS = (
    ("mine", N_("My pay"), "pay.own"),
    ("plans", N_("Plans"), "pay.view"),
    ("runs", N_("Runs"), "pay.view"),
    ("forecast", N_("Budget and forecast"), "pay.view"),
    ("accruals", N_("Accrual"), "pay.view"),
    ("disputes", N_("Disputes"), "pay.prepare"),
    ("balances", N_("Owed back"), "pay.view"),
    ("ledger", N_("Ledger"), "pay.view"),
    ("scopes", N_("Who sees what"), "pay.approve"),
)
"""The pages of pay that stand side by side, by the end of their address: what they are called, and who opens them."""


@register.inclusion_tag("components/tabs.html", takes_context=True)
def pay_tabs(context: Context, current: str) -> dict[str, object]:
    """The way between the pages of pay, for whoever opens more than their own."""
    actor = context["request"].actor
    tabs = [
        {"url": reverse(f"pay:{name}"), "label": _(label), "current": name == current}
        for name, label, permission in TABS
        if actor.may(permission)
    ]
    return {"label": _("Pay"), "tabs": tabs if len(tabs) > 1 else []}
