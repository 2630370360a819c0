"""Files of the corpus with a few bytes changed, until something breaks: `make fuzz` (`tests/fuzz/__main__.py`).

`mutated` makes them, the same for the same seed; `tried` says whether a file was dealt with as any file must be: read
without losing a row, or refused in a sentence; no child that dies, or takes longer than it may. What is found becomes a
file of the corpus: `tests/corpus/hostile.py` has those that ended calamine.
"""
