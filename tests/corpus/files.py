"""All files of the corpus."""

from tests.corpus import books, dirty, packed, texts, values
from tests.corpus.case import Case


def cases() -> list[Case]:
    """Every file, in order; no two of a name."""
    found = [case for module in (texts, dirty, values, books, packed) for case in module.cases()]
    assert len({case.name for case in found}) == len(found)
    return found
