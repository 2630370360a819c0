"""Read why numbers moved. Each function costs a fixed number of queries, given in its docstring."""

from apps.drivers.selectors.asking import AGAINST, WAYS, Against, Question, ask, ended_periods
from apps.drivers.selectors.ends import Answer, Woods, answer, trouble_with, woods, woods_of
from apps.drivers.selectors.saying import Telling, tell, telling
from apps.drivers.selectors.shares import NodeShare, TreeShares, tree_shares

__all__ = [
    "AGAINST",
    "WAYS",
    "Against",
    "Answer",
    "NodeShare",
    "Question",
    "Telling",
    "TreeShares",
    "Woods",
    "answer",
    "ask",
    "ended_periods",
    "tell",
    "telling",
    "tree_shares",
    "trouble_with",
    "woods",
    "woods_of",
]
