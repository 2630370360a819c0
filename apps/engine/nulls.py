"""Words that people write where there is no value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from apps.engine.cells import strip
from apps.engine.detect import shape_of
from apps.engine.plan import ColumnType
from apps.engine.requests import Found

WORDS = ("-", "--", "—", "——", "/", "n/a", "#n/a", "na", "null", "none", "nil", "nan", "无", "無", "暂无", "空", "缺失")
"""In small letters."""


def null_words(columns: Sequence[Sequence[str]]) -> tuple[list[Found], tuple[str, ...]]:
    """The words found in the cells of `columns`, and those of them that stand among numbers or dates: there they can
    mean nothing else."""
    counts: Counter[str] = Counter()
    certain: dict[str, None] = {}
    for cells in columns:
        texts = [strip(cell) for cell in cells]
        here = Counter(word for text in texts if len(text) < 5 and (word := text.lower()) in WORDS)
        counts += here
        if here:
            rest = [text for text in texts if text.lower() not in WORDS]
            if any(rest) and shape_of("", 1, rest).type not in (ColumnType.TEXT, ColumnType.BOOLEAN):
                certain |= dict.fromkeys(here)
    found = [Found("null", count, text=word) for word, count in counts.most_common()]
    return found, tuple(word for word in WORDS if word in certain)
