"""Every place where somebody may look at another's pay has words for the person who is looked at."""

import re
from pathlib import Path

from apps.incentives.presentation.own import WHERE

ROOM = Path(__file__).resolve().parents[3] / "apps" / "incentives"


def test_every_place_where_a_look_is_written_down_has_words() -> None:
    places = {
        place
        for path in (ROOM / "services", ROOM / "views")
        for file in path.rglob("*.py")
        for call in re.findall(r"log_look\(.*?\)\n", file.read_text(encoding="utf-8"), re.DOTALL)
        for place in re.findall(r'where="(\w+)"', call)
    }
    assert len(places) >= 6
    assert places <= set(WHERE)
