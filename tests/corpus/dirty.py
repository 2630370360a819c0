"""Rows that need care: quotes, ends of lines, blanks, raggedness, totals, keys."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.corpus.case import CELLS, HEADER, ORDERS, ROWS, Case, text

SALES = (
    ("id", "id", "text", "key"),
    ("day", "day", "date", "time"),
    ("note", "note", "text", "attribute"),
    ("n", "n", "decimal", "measure"),
)
HEAD = "id,day,note,n\n"
D1, D2 = date(2026, 1, 1), date(2026, 1, 2)


def N(number: str) -> Decimal:
    """A number, exactly."""
    return Decimal(number)


def sales(name: str, body: str, rows: list, aside: list | None = None, **more: object) -> Case:
    """A file of the four columns; `body` without the header."""
    head = str(more.pop("head", HEAD))
    return Case(name, (head + body).encode(), SALES, rows, aside or [], **more)  # type: ignore[arg-type]


def cases() -> Iterator[Case]:
    yield from _quotes()
    yield from _ends()
    yield harmful_names()
    yield from _ragged()
    yield from _headers()
    yield from _totals()
    yield from _keys()
    yield from _nulls()


def _quotes() -> Iterator[Case]:
    yield sales(
        "quotes.csv",
        'a,2026-01-01,"x, y",1\nb,2026-01-02,"say ""hi""",2\n"c",2026-01-02,"two\nlines",3\nd,2026-01-02,z,4\n',
        [
            ("a", D1, "x, y", N("1")),
            ("b", D2, 'say "hi"', N("2")),
            ("c", D2, "two\nlines", N("3")),
            ("d", D2, "z", N("4")),
        ],
    )
    yield sales(
        "quote-open.csv",
        'a,2026-01-01,x,1\nb,2026-01-02,"never closed,2\nc,2026-01-02,z,3\n',
        [("a", D1, "x", N("1")), ("c", D2, "z", N("3"))],
        [(3, "", "bad_quote")],
    )
    yield sales(
        "quote-open-last.csv",
        'a,2026-01-01,x,1\nb,2026-01-02,"never closed,2\n',
        [("a", D1, "x", N("1"))],
        [(3, "", "bad_quote")],
    )
    yield sales(
        "quote-many-lines.csv",
        'a,2026-01-01,x,1\nb,"2026-01-0' + "\n" * 60 + '1"\n',
        [("a", D1, "x", N("1"))],
        [(3, "", "too_few_cells")],
    )
    yield sales(
        "quote-return.csv", 'a,2026-01-01,x,1\nb,"2026\r01"\n', [("a", D1, "x", N("1"))], [(3, "", "too_few_cells")]
    )
    yield sales(
        "quote-inside.csv",
        'a,2026-01-01,5" pipe,1\nb,2026-01-02,z,2\n',
        [("b", D2, "z", N("2"))] if False else [("a", D1, '5" pipe', N("1")), ("b", D2, "z", N("2"))],
    )
    yield sales(
        "formulas.csv",
        "a,2026-01-01,=cmd|' /C calc'!A0,1\nb,2026-01-02,<img src=x onerror=alert(1)>,2\nc,2026-01-02,@SUM(A1),3\n",
        [
            ("a", D1, "=cmd|' /C calc'!A0", N("1")),
            ("b", D2, "<img src=x onerror=alert(1)>", N("2")),
            ("c", D2, "@SUM(A1)", N("3")),
        ],
        reading={"delimiter": ","},
    )


def harmful_names() -> Case:
    """A header that a spreadsheet would run, or a page."""
    names = ("=cmd|' /C calc'!A0", "day", "<img src=x onerror=alert(1)>", "@SUM(A1)")
    columns = tuple((name, *rest) for name, (_, *rest) in zip(names, SALES, strict=True))
    content = ",".join(names) + "\na,2026-01-01,<b>x</b>,1\n"
    rows = [("a", D1, "<b>x</b>", N("1"))]
    return Case("header-harm.csv", content.encode(), columns, rows, reading={"delimiter": ","})  # type: ignore[arg-type]


def _ends() -> Iterator[Case]:
    lines = text([HEADER, *CELLS])
    yield Case("no-last-end.csv", lines.rstrip("\n").encode(), ORDERS, ROWS)
    last = sales(
        "odd-last.csv", "a,2026-01-01,x,1\nb,2026-01-02,café,2", [("a", D1, "x", N("1")), ("b", D2, "café", N("2"))]
    )
    yield replace(last, content=last.content.decode().encode("cp1252"), shape={"encoding": "Windows-1252"})
    yield Case("cr.csv", lines.replace("\n", "\r").encode(), ORDERS, ROWS)
    yield Case("many-blank-at-end.csv", (lines + "\n\n,,,\n \n").encode(), ORDERS, ROWS, shape={"rows": 4})
    spaced = "\n\n".join(lines.splitlines()) + "\n"
    yield Case("blank-between.csv", spaced.encode(), ORDERS, ROWS, shape={"rows": 4})
    yield sales(
        "nul.csv", "a,2026-01-01,x,1\nb,2026-01-02,y\0z,2\n", [("a", D1, "x", N("1"))], [(3, "", "bad_character")]
    )
    yield sales("blanks.csv", " a ,\u30002026-01-01, x\u00a0,\u200b1 \n", [("a", D1, "x", N("1"))])
    long = "x" * (200 * 1024)
    yield sales("long-cell.csv", f"a,2026-01-01,{long},1\n", [("a", D1, long, N("1"))])
    too_long = "x" * (1200 * 1024)
    yield sales(
        "too-long.csv",
        f"a,2026-01-01,x,1\nb,2026-01-01,{too_long},1\n",
        [("a", D1, "x", N("1"))],
        [(3, "", "too_long")],
    )


def _ragged() -> Iterator[Case]:
    yield sales(
        "ragged.csv",
        "a,2026-01-01,x,1\nb,2026-01-02,y\nc,2026-01-02,y,3,extra\nd\ne,2026-01-02,z,5\n",
        [("a", D1, "x", N("1")), ("e", D2, "z", N("5"))],
        [(3, "", "too_few_cells"), (4, "", "too_many_cells"), (5, "", "too_few_cells")],
    )
    yield sales("all-bad.csv", "a,nope,x,1\nb,,y,2\n", [], [(2, "day", "bad_date"), (3, "day", "missing")])


def _headers() -> Iterator[Case]:
    rows = [("a", D1, "x", N("1")), ("b", D2, "y", N("2"))]
    body = "a,2026-01-01,x,1\nb,2026-01-02,y,2\n"
    yield sales("title.csv", body, rows, head="Sales of the year\n\n" + HEAD, found=[("title", 1, 1)])
    yield sales(
        "titles.csv",
        body,
        rows,
        head="Sales of the year,,,\nPrinted on 3 March,,,\n" + HEAD,
        found=[("title", 1, 1), ("title", 1, 2)],
    )
    yield sales("chosen-header.csv", body, rows, head="p,q,r,s\n" + HEAD, reading={"header_row": 2})
    yield sales(
        "header-again.csv",
        "a,2026-01-01,x,1\nid,day,note,n\nb,2026-01-02,y,2\nid,day,note,n\n",
        rows,
        [(3, "", "repeated_header"), (5, "", "repeated_header")],
        found=[("repeated_header", 2, 3)],
    )
    yield sales(
        "header-again-kept.csv",
        "a,2026-01-01,x,1\nid,day,note,n\nb,2026-01-02,y,2\n",
        rows,
        [(3, "day", "bad_date"), (3, "n", "bad_number")],
        reading={"keep": ("repeated_header",)},
    )
    yield sales("header-quoted.csv", body, rows, head='"id","day","note","n"\n')
    yield Case("double-header.csv", b"a,b,a\n1,2,3\n", refused="same name")
    yield Case("no-name.csv", b"a,,c\nx,y,z\n", refused="Column 2 has no name")
    yield Case("header-only.csv", b"a,b\n", refused="header and no row")
    yield Case("empty.csv", b"", refused="empty")
    yield Case("spaces.csv", b"  \n\n", refused="empty")


def _totals() -> Iterator[Case]:
    rows = [("a", D1, "x", N("1")), ("b", D2, "y", N("2"))]
    body = "a,2026-01-01,x,1\nb,2026-01-02,y,2\n"
    for at, total in enumerate(
        (
            "合计,,,3",
            "总计：,,,3",
            "Total,,,3",
            "Grand total,,,3",
            ",,小计,3",
            "合 计,,,3",
            "SUBTOTAL,,,3.00",
            '"Total:",,,"3"',
            "Summe,,,3",
        )
    ):
        yield sales(f"total-{at}.csv", body + total + "\n", rows, [(4, "", "total_row")], found=[("total_row", 1, 4)])
    yield sales("total-kept.csv", body + "合计,,,3\n", rows, [(4, "day", "missing")], reading={"keep": ("total_row",)})
    yield sales("total-ragged.csv", body + "Total,3\n", rows, [(4, "", "total_row")])
    yield sales(
        "total-is-a-name.csv",
        body + "Total,2026-01-02,fuel,3\nTotally,2026-01-02,z,4\n合计有限公司,2026-01-02,z,5\n",
        [*rows, ("Total", D2, "fuel", N("3")), ("Totally", D2, "z", N("4")), ("合计有限公司", D2, "z", N("5"))],
    )


def _keys() -> Iterator[Case]:
    body = "a,2026-01-01,x,1\nb,2026-01-02,y,2\na,2026-01-01,z,3\n"
    first, second, third = ("a", D1, "x", N("1")), ("b", D2, "y", N("2")), ("a", D1, "z", N("3"))
    yield sales("twins-last.csv", body, [second, third], [(2, "id", "duplicate_key")], key=["id"])
    yield sales("twins-keep.csv", body, [first, second, third], key=["id"], twins="keep")
    yield sales(
        "twins-refuse.csv",
        body,
        [second],
        [(2, "id", "shared_key"), (4, "id", "shared_key")],
        key=["id"],
        twins="refuse",
    )
    yield sales("twins-two-columns.csv", body, [first, second, third], key=["id", "note"])
    yield sales("key-empty.csv", ",2026-01-01,x,1\nb,2026-01-02,y,2\n", [second], [(2, "id", "missing")], key=["id"])


def _nulls() -> Iterator[Case]:
    body = "a,2026-01-01,-,-\nb,2026-01-02,无,N/A\nc,2026-01-02,z,#N/A\nd,2026-01-02,z,4\n"
    kept = [("a", D1, None, None), ("b", D2, None, None), ("c", D2, "z", None), ("d", D2, "z", N("4"))]
    yield sales("nulls-chosen.csv", body, kept, reading={"nulls": ("-", "无", "n/a", "#n/a")})
    words = [("a", D1, "-", None), ("b", D2, "无", None), ("c", D2, "z", None), ("d", D2, "z", N("4"))]
    chosen = {"nulls": ("-", "无", "n/a", "#n/a")}
    yield sales("nulls-but-in-a-column.csv", body, words, reading=chosen, options={"note": {"verbatim": True}})
    yield sales(
        "nulls-not-chosen.csv",
        body,
        [("d", D2, "z", N("4"))],
        [(2, "n", "bad_number"), (3, "n", "bad_number"), (4, "n", "bad_number")],
        reading={"nulls": ()},
    )
    found = [("a", D1, None, None), ("b", D2, "无", None), ("c", D2, "z", None), ("d", D2, "z", N("4"))]
    yield sales("nulls-found.csv", body, found, shape={"reading.nulls": ("-", "n/a", "#n/a")})
