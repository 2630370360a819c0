"""Every rule of validation has a test that reads what it says, and what users complain of elsewhere one of its name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "apps" / "metrics" / "domain"
PAY = ROOT / "apps" / "incentives" / "domain"
RULES = (
    *sorted(DOMAIN.glob("*checks*.py")),
    *sorted((DOMAIN / "formula").glob("*.py")),
    *(
        DOMAIN / f"{name}.py"
        for name in ("parts", "kinds", "scales", "scoring", "complaints", "definition", "metric_units")
    ),
    *(
        PAY / f"{name}.py"
        for name in ("attainment", "components", "deltas", "ledger", "lint", "lint_curve", "proration")
    ),
    *(PAY / f"{name}.py" for name in ("canonical", "rounding", "run", "states", "why")),
    ROOT / "apps" / "engine" / "plan.py",
    *sorted((ROOT / "apps" / "engine" / "plans").glob("*.py")),
    ROOT / "apps" / "api" / "domain" / "cursors.py",
)
OF_OTHERS = (
    "metricflow_1758", "metricflow_1031", "metricflow_733", "lightdash_20205", "lightdash_14230", "lightdash_27289",
    "lightdash_18424", "lightdash_29602", "lightdash_18662", "posthog_48255", "posthog_78902", "posthog_52846",
    "posthog_27128", "posthog_13733_97744", "metabase_6514", "metabase_4477", "metabase_33411", "metabase_22630",
    "superset_4012", "cube_9549", "cube_9896", "gitlab_385201", "wise_pizza_25",
    "leantime_3247", "puzzle_okr_1661", "puzzle_okr_235", "steedos_17_and_18", "operately_4427", "viva_518",
    "closing_and_scoring_okrs", "okr_tracker_879", "okr_tracker_840", "frappe_690_and_2023", "erpnext_13522",
    "oca_commission_657", "oca_agreement_36", "sap_2292772_and_3705020", "sap_2717016", "sap_community",
    "trustradius_xactly", "moneyphp_492_dinero_144_rubymoney_1033", "mrexcel_1186183", "workday_1oxbkyc",
    "shadow_accounting", "hn_20004610", "bock",
)  # fmt: skip
"""What users of other products complain of: each names the test that shows that ours does not."""
SPOKEN = re.compile(r"\W+")
NAME = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
LEAST = 12
"""So many characters of a message tell it from others."""


def test_a_test_reads_the_words_of_every_rule() -> None:
    unread = [f"{path.relative_to(ROOT)}:{line}: {text}" for path in RULES for text, line in complaints(path)]
    assert len(unread) > 100
    assert [line for line in unread if not _is_read(line.split(": ", 1)[1])] == []


def test_a_test_bears_the_name_of_what_users_of_other_products_complain_of() -> None:
    files = (path for path in (ROOT / "tests").rglob("test_*.py"))
    names = " ".join(name for path in files for name in NAME.findall(path.read_text(encoding="utf-8")))
    assert [complaint for complaint in OF_OTHERS if f"test_{complaint}_" not in names] == []


def complaints(path: Path) -> Iterator[tuple[str, int]]:
    """Messages with their line. A plan also has words: they are outside the functions that look for issues."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = [tree]
    if "engine" in path.relative_to(ROOT).parts:
        parts = [part for part in ast.walk(tree) if isinstance(part, ast.FunctionDef) and _complains(part.name)]
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{path}:{node.lineno}"
                yield str(first.value), node.lineno


def _complains(name: str) -> bool:
    return "issue" in name or name == "unknown"


def _is_read(message: str) -> bool:
    """Whether a text of a test holds a telling piece of the message, or is one. What is to come is no rule."""
    if "not possible yet" in message:
        return True
    pieces = [_plain(piece) for piece in re.split(r"%\(\w+\)s", message)]
    short = max(len(piece) for piece in pieces) < LEAST
    if any(len(piece) >= (4 if short else LEAST) and piece in _read() for piece in pieces):
        return True
    whole = " ".join(pieces)
    return any(text in whole for text in _texts() if len(text) >= LEAST and " " in text)


@cache
def _texts() -> frozenset[str]:
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(_plain(node.value))
    return frozenset(found)


@cache
def _read() -> str:
    return "\n".join(sorted(_texts()))


def _plain(text: str) -> str:
    """Words and single blanks: tests quote messages as patterns, or without their quotation marks."""
    return SPOKEN.sub(" ", text).strip().casefold()
