"""Files as companies have them, made at test time, each with what has to come of it.

A `Case` is a file (its name and bytes), how it is to be read, its columns, and what is expected, all written down by
hand and from the meaning of the table, without a word of the engine's code: the rows that are loaded, as Python values;
the rows that are set aside, as (row, column, code); or the words of the error that refuses the file. `files.cases()`
gives all of them. One test loads every one (`tests/integration/engine/test_corpus.py`).

To add one: yield it in the module of its kind: `texts` (encodings times shapes), `dirty` (rows), `values` (cells),
`books` (workbooks), `packed` (archives, Parquet, JSON lines).
"""
