"""Small files for every template of the library: headers as companies write them, rows of several periods."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from apps.choosing.domain.templates import Template

LAST = date(2026, 5, 31)
PEOPLE = 6


def columns_of(template: Template, data: str) -> list[dict[str, Any]]:
    """How somebody names the columns on upload: other keys than the template's, headers of the field."""
    found = []
    for at, (name, needed) in enumerate(template.front.data[data].columns.items()):
        entry = template.column(data, name)
        found.append(
            {
                "source": needed.names[at % len(needed.names)],
                "name": f"our_{name}",
                "type": entry.type.value,
                "role": entry.role.value,
            }
        )
    return found


def days_of(template: Template) -> list[date]:
    """Days that reach back as far as the North Star looks: 25 months, 9 weeks, or 12 days."""
    grain = template.model.north_star.grain.value
    if grain == "day":
        return [LAST - timedelta(days=back) for back in range(12, -1, -1)]
    if grain == "week":
        return [LAST - timedelta(days=7 * back + extra) for back in range(9, -1, -1) for extra in (2, 0)]
    return [*(date(2024 + (3 + n) // 12, (3 + n) % 12 + 1, 6) for n in range(25)), LAST]


def rows_of(template: Template, data: str) -> list[list[str]]:
    """Rows that give every metric something to count."""
    names = list(template.front.data[data].columns)
    if template.key == "marketing_reach":
        return _reach()
    if _is_file(template, data):
        days = days_of(template)
        return [[cell(template, data, name, days[0], person, 0) for name in names] for person in range(PEOPLE + 2)]
    return [
        [cell(template, data, name, day, person, at) for name in names]
        for at, day in enumerate(days_of(template))
        for person in range(PEOPLE - at % 2)
        for _again in range(4 if template.key == "teams_three_tasks" and person < 2 else 1)
        for _use in range(6 if template.key == "advanced_filters" and person < 3 else 1)
    ]


def row_key_of(template: Template, data: str) -> list[str]:
    """The row key of a customer file; none for anything else."""
    return ["our_customer"] if data == "customers" else ["our_team"] if data == "teams" else []


def _is_file(template: Template, data: str) -> bool:
    return bool(template.model.datasets[data].row_key)


def _reach() -> list[list[str]]:
    """Exactly 1,000 recipients for one account, 1,001 for another: only the second one counts."""
    days = ["2026-05-04", "2026-05-31"]
    many = [[days[at % 2], "b", f"r{at}", "automated"] for at in range(1001)]
    return [*([days[at % 2], "a", f"r{at}", "automated"] for at in range(1000)), *many, [days[0], "a", "x", "manual"]]


def cell(template: Template, data: str, name: str, day: date, person: int, at: int) -> str:
    """What stands in a cell."""
    for number, choice in enumerate(template.front.choices):
        if (choice.data, choice.column) == (data, name):
            return f"本店{number}" if person % 3 else str(choice.values[0])
    entry = template.column(data, name)
    kind = entry.type.value
    if kind in ("date", "datetime"):
        return "" if entry.role.value != "time" and person == 5 else day.isoformat()
    if kind == "boolean":
        return "true" if (person + at) % 3 == 0 else "false"
    if name == "score":
        return str(10 - (person + at) % 4)
    if kind in ("integer", "decimal"):
        return {"hours_sold": "7", "hours_there": "8", "cost": "60", "parts_cost": "20", "parts": "30"}.get(
            name, str(100 + person) if name != "gigabytes" else f"{person}.5"
        )
    return f"{entry.source[:1]}{person}"
