"""Who may know whom: the contracts of pyproject.toml, and that a room is entered through its doors."""

from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent.parent
OPEN_ROOMS = {"kernel", "common", "engine"}  # made to be used: no product words, no tables
DOORS = {"services", "selectors", "domain"}
NAMED_DOORS = {
    "apps.workspaces.scope": "in which workspace we are",
    "apps.workspaces.addresses": "links, never built from a request",
    "apps.accounts.access": "how a view says who may open it",
    "apps.metrics.presentation": "how values are written and drawn",
    "apps.evidence.presentation": "how a forecast is written",
    "apps.goals.presentation": "how an initiative is written and marked",
    "apps.targets.presentation": "how a standing is written and drawn",
    "apps.drivers.presentation": "how what moved a number is written and drawn",
    "apps.model.presentation": "how a difference of models is told",
    "apps.scenarios.presentation.result": "what a what-if comes to",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("apps")


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def is_door(module: str) -> bool:
    part = module.split(".")[2] if module.count(".") >= 2 else ""
    return part in DOORS or module in NAMED_DOORS


def test_every_import_contract_holds(capsys: pytest.CaptureFixture[str]) -> None:
    failed = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert not failed, capsys.readouterr().out


def test_rooms_use_each_other_through_services_selectors_and_domain(graph: grimp.ImportGraph) -> None:
    through_the_wall = [
        f"{importer} imports {imported}"
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if room_of(importer) != room_of(imported)
        and room_of(imported)
        and room_of(imported) not in OPEN_ROOMS
        and not is_door(imported)
    ]
    assert not through_the_wall, "\n".join(through_the_wall)


def test_the_wall_is_really_looked_at(graph: grimp.ImportGraph) -> None:
    """The graph holds what the test above is about: rooms, and imports between them."""
    assert len({room_of(module) for module in graph.modules} - {""}) >= 10
    used = graph.find_modules_directly_imported_by("apps.accounts.services.people")
    assert {"apps.audit.services", "apps.workspaces.scope", "apps.workspaces.services"} <= used
    assert not is_door("apps.accounts.models")
    assert not is_door("apps.work.claims")
