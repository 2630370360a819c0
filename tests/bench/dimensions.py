"""The bench of the engine once more, by each of five dimensions."""

from tests.bench import engine
from tests.bench.engine_data import DIMENSIONS
from tests.bench.report import Figure


def run(rows: int = engine.ROWS, rounds: int = 1) -> list[Figure]:
    """Every kind by five dimensions: five requests by hand, one of ours."""
    return engine.run(rows, rounds, DIMENSIONS)
