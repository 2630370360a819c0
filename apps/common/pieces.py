"""The finished values that page pieces show: a view fills them, templates/components/ only lay them out.

Texts are ready to read (formatted, translated); tones are good, warn, bad or none; shares are percent from 0 to 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString, mark_safe

Share = Decimal | float | int


@dataclass(frozen=True)
class Node:
    """A metric in the tree (components/tree.html).

    `operator` stands between it and its `kids` ("×", "+", "−", "ƒ"; "~" for influence only). `edge` is the chip on the
    line to its parent ("+¥581 · 97%"), `influence` makes that line dashed. `state` ("Provisional") shows where there is
    no target. `missing` greys a value that is only a dash. `certified` is the word for a certified metric's mark.
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
    open: bool = True
    kids: tuple["Node", ...] = ()

    def rows(self) -> list[tuple["Node", SafeString]]:
        """The whole branch, top down: each node, and the tags that close after it the lists whose last one it is.

        A template that walks a tree by including itself for each node takes three times as long.
        """
        found: list[tuple[Node, SafeString]] = []
        _flatten(self, "", found)
        return found


def _flatten(node: Node, closing: str, found: list[tuple[Node, SafeString]]) -> None:
    if not node.kids:
        found.append((node, mark_safe(f"</li>{closing}")))  # noqa: S308 - tags of ours
        return
    found.append((node, mark_safe("")))
    for kid in node.kids[:-1]:
        _flatten(kid, "", found)
    _flatten(node.kids[-1], f"</ul></li>{closing}", found)


@dataclass(frozen=True)
class OutlineItem:
    """A row of the set-up outline (components/outline.html). An act without its URL is not offered.

    `bad` is what is wrong with the node, in words; `remove_dialog` the id of the dialog that asks before removing.
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
    up_url: str = ""
    down_url: str = ""
    remove_dialog: str = ""
    kids: tuple["OutlineItem", ...] = ()


@dataclass(frozen=True)
class Goal:
    """How far a target has come (components/goal.html).

    `done` and `today` place the fill and the tick; `words` say both ("46.2% of the way, 50% of the time"), `label` says
    it to a screen reader. `start`, `due_today`, `target` are the three texts under the bar.
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
