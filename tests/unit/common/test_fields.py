"""Figures in forms: what people write, and what is shown and comes back."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from apps.common.fields import FigureField
from apps.common.formats import Kind, Style

PERCENT, PLAIN = Style(Kind.PERCENT, 1), Style()


@pytest.mark.parametrize("figure", ["0.123456789012", "4799.333333333333", "5500", "-0.000000000001"])
@pytest.mark.parametrize("style", [PLAIN, PERCENT])
def test_an_exact_figure_that_is_shown_comes_back_as_it_was(figure: str, style: Style) -> None:
    field = FigureField(style=style, exact=True)
    assert field.to_python(field.prepare_value(Decimal(figure))) == Decimal(figure)


@pytest.mark.parametrize(("style", "text"), [(PLAIN, "1.1234567890123"), (PERCENT, "1.12345678901"), (PLAIN, "1e5")])
def test_more_digits_than_are_kept_are_refused(style: Style, text: str) -> None:
    with pytest.raises(ValidationError, match="is not a number"):
        FigureField(style=style, exact=True).to_python(text)


def test_other_figures_show_and_take_six() -> None:
    field = FigureField(style=PLAIN)
    assert field.prepare_value(Decimal("4799.333333333333")) == "4799.333333"
    with pytest.raises(ValidationError, match="is not a number"):
        field.to_python("1.1234567")
