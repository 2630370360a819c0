"""The field of a formula marks what is wrong in what was typed."""

import pytest
from django import forms

from apps.metrics.templatetags.formulas import Piece, marked

KNOWN = [("visits", "Visits"), ("spend", "Spend")]


class Form(forms.Form):
    expression = forms.CharField()


def pieces(text: str, *, refused: bool = True) -> list[Piece]:
    form = Form({"expression": text})
    if refused:
        form.add_error("expression", "wrong")
    return marked(form["expression"], KNOWN)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("visits * spent", "visits * [spent]"),
        ("Visits + foo(spend) - 1e5 / vis", "[Visits] + [foo](spend) - [1e5] / [vis]"),
        ("visits * (spend", "visits * (spend[ ]"),
        ("visits ** spend", "visits *[*] spend"),
        ("spend; drop", "spend[;] [drop]"),
        ("<b>visits</b>", "[<][b][>]visits[<]/[b][>]"),
    ],
)
def test_what_is_wrong_is_marked_where_it_stands(text: str, shown: str) -> None:
    found = pieces(text)
    assert "".join(f"[{piece.text}]" if piece.wrong else piece.text for piece in found) == shown
    assert "".join(piece.text for piece in found).rstrip() == text


@pytest.mark.parametrize("text", ["visits * spend", "", "a" * 100_000])
def test_nothing_is_marked_where_nothing_can_be(text: str) -> None:
    assert pieces(text) == []


def test_nothing_is_marked_before_it_was_refused() -> None:
    assert pieces("visits * spent", refused=False) == []
