"""What a child is asked with, beside where and what: the secret, the limits, what is known already."""

from __future__ import annotations

import ipaddress
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.kernel.issue import N_
from apps.sources.domain.network import Network

_LONGEST_SAID = 300
READING = N_("Reading rows")


@dataclass(frozen=True)
class Ask:
    """`allowed` are private networks that the operator opens, `mark` the newest value known, `keyed` says that rows
    which come again take their own place, `today` is the company's day, `known` are objects by name and tag."""

    secret: str = field(repr=False)
    allowed: tuple[Network, ...] = ()
    ca_file: str = ""
    statement_seconds: int = 600
    most_rows: int = 5_000_000
    most_bytes: int = 1 << 30
    preview_rows: int = 20
    mark: dict[str, str] | None = None
    keyed: bool = False
    today: str = ""
    known: tuple[tuple[str, str], ...] = ()
    most_files: int = 20

    def without_secret(self, text: str) -> str:
        """What a server says, in a line, with the secret blotted out."""
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST_SAID]
        return line.replace(self.secret, "•••") if self.secret else line

    @staticmethod
    def tell(rows: int) -> None:
        """Say how many rows there are by now."""
        say({"progress": [rows, 0, READING]})


def ask_of(data: Mapping[str, object]) -> Ask:
    """An `Ask` from what was sent to the child."""
    told = dict(data)
    told["allowed"] = tuple(ipaddress.ip_network(network) for network in told.get("allowed", ()))  # type: ignore[union-attr, attr-defined]
    told["known"] = tuple((name, tag) for name, tag in told.get("known", ()))  # type: ignore[union-attr, attr-defined]
    return Ask(**told)  # type: ignore[arg-type]


def say(what: Mapping[str, object]) -> None:
    """A line for the parent."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
