"""How often a month that makes its target exactly is called late, by each shape; how soon a bad one is noticed."""

from fractions import Fraction

from tests.bench.report import Figure
from tests.unit.targets.simulated import EVENLY, KNOWN, LEARNT, WORKING, alarms

MONTHS, DAYS, SEED = 1000, (3, 15, 25), 20261130


def run() -> list[Figure]:
    """Shares of simulated months that are called behind on a day; what they draw from is in `simulated.py`."""
    figures = []
    for ending, told in ((Fraction(1), "on target"), (Fraction(9, 10), "at 90 %"), (Fraction(85, 100), "at 85 %")):
        raised = alarms(months=MONTHS, days=DAYS, seed=SEED, ending_at=ending)
        for name in (EVENLY, WORKING, LEARNT, KNOWN):
            shares = ", ".join(f"day {day} {float(raised[name, day]):.0%}" for day in DAYS)
            figures.append(Figure(f"months that end {told}, judged by {name}: called behind", shares))
    return figures
