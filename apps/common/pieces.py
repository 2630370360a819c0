"""The finished values that page pieces show: a view fills them, templates/components/ only lay them out.

Texts are ready to read (formatted, translated); tones are good, warn, bad or none; shares are percent from 0 to 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from django.utils.safestring import SafeString, mark_safe

Share = Decimal | float | int


class Branch(Protocol):
    """Something with the like of it below."""

    @property
    def kids(self) -> Sequence[Any]: ...


Grown = TypeVar("Grown", bound=Branch)


def _flat(node: Grown, closing: str = "") -> list[tuple[Grown, SafeString]]:
    if not node.kids:
        return [(node, mark_safe(f"</li>{closing}"))]  # noqa: S308 - tags of ours
    found = [(node, mark_safe(""))]
    for kid in node.kids[:-1]:
        found += _flat(kid)
    return found + _flat(node.kids[-1], f"</ul></li>{closing}")


TROUBLE = ("bad", "warn", "good", "none")
"""Tones from the one that needs somebody most."""


@dataclass(frozen=True)
class Node:
    """A metric in the tree (components/tree.html).

    `operator` stands between it and its `kids` ("×", "+", "−", "ƒ"; "~" for influence only). `edge` is the chip on the
    line to its parent ("+¥581 · 97%"), `influence` makes that line dashed. `state` ("Provisional") shows where there is
    no target. `missing` greys a value that is only a dash. `certified` is the word for a certified metric's mark.
    `change` is drawn as a delta of the size `change_text`, judged by what is `better`; `beside` is what it is compared
    with ("South 2.5"). `gap` is what is measured beside the formula, marked where it is `gap_large`. `note` says what
    is particular about its value ("Not split by region"), `warning` what is wrong with the data behind it, `plans` how
    many actions there are.
    """

    key: str
    name: str
    value: str
    tone: str = "none"
    status: str = ""
    href: str = ""
    unit: str = ""
    target: str = ""
    state: str = ""
    series: Sequence[Decimal | None] = ()
    operator: str = ""
    edge: str = ""
    edge_tone: str = ""
    influence: bool = False
    missing: bool = False
    star: bool = False
    certified: str = ""
    change: Decimal | None = None
    change_text: str = ""
    better: str = "up"
    beside: str = ""
    gap: str = ""
    gap_large: bool = False
    note: str = ""
    warning: str = ""
    owner: str = ""
    plans: str = ""
    open: bool = True
    kids: tuple["Node", ...] = ()

    @property
    def worst(self) -> "Node | None":
        """The node below it that is in the most trouble, if that is more than its own: green above can hide red."""
        found = self._worst()
        return found if TROUBLE.index(found.tone) < TROUBLE.index(self.tone) else None

    def _worst(self) -> "Node":
        return min([self, *(kid._worst() for kid in self.kids)], key=lambda node: TROUBLE.index(node.tone))

    def rows(self) -> list[tuple["Node", SafeString]]:
        """The whole branch, top down: each node, and the tags that close after it the lists whose last one it is.

        A template that walks a tree by including itself for each node takes three times as long.
        """
        return _flat(self)


@dataclass(frozen=True)
class Act:
    """Something that can be done to a row: where it is sent, its icon, and what it does, in words."""

    url: str
    icon: str
    label: str


@dataclass(frozen=True)
class OutlineItem:
    """A row of the set-up outline (components/outline.html). An act without its URL is not offered.

    `bad` is what is wrong with the node, in words; `acts` are offered on the current row only.
    """

    key: str
    name: str
    href: str
    meta: str = ""
    operator: str = "+"
    influence: bool = False
    star: bool = False
    current: bool = False
    bad: str = ""
    add_url: str = ""
    acts: tuple[Act, ...] = ()
    open: bool = True
    holds_current: bool = False
    kids: tuple["OutlineItem", ...] = ()

    def rows(self) -> list[tuple["OutlineItem", SafeString]]:
        """As `Node.rows`."""
        return _flat(self)


@dataclass(frozen=True)
class Goal:
    """How far a target has come (components/goal.html).

    `done` and `today` place the fill and the tick; `words` say both ("46.2% of the way, 50% of the time"), `label` says
    it to a screen reader. `start`, `due_today`, `target` are the texts under the bar, `ahead` the line below them.
    """

    done: Share
    today: Share | None
    tone: str
    status: str
    words: str
    label: str
    start: str
    target: str
    due_today: str = ""
    ahead: str = ""


@dataclass(frozen=True)
class Fact:
    """One fact under the hero's figure. With `change` it is drawn as a delta, `value` being the size of the change."""

    label: str
    value: str
    change: Decimal | None = None
    better: str = "up"
    note: str = ""


@dataclass(frozen=True)
class Hero:
    """The North Star on the home page (components/hero.html). `message` is one sentence worth reading, or nothing."""

    name: str
    value: str
    unit: str = ""
    tone: str = "none"
    href: str = ""
    goal: Goal | None = None
    facts: Sequence[Fact] = ()
    message: str = ""
    message_tone: str = "info"
    message_url: str = ""
    message_button: str = ""
