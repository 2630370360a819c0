"""Which process runs which tests: a file stays in one, and so do all journeys that one running product serves."""

from xdist.scheduler import LoadFileScheduling

HOUSE = "tests/journeys/"
OWN_HOUSES = ("tests/journeys/test_kill.py",)
"""Journeys that start a product of their own."""


class Scheduling(LoadFileScheduling):
    """As `--dist loadfile`, but for the journeys: a product in each process would be started twice."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return HOUSE if file.startswith(HOUSE) and file not in OWN_HOUSES else file
