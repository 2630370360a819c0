"""How goals are written and marked: a door of this room for pages of higher rooms."""

from apps.goals.presentation.initiatives import DIGITS, STANDS, beside_metric, days, effect, marks_of, tone, word

__all__ = ["DIGITS", "STANDS", "beside_metric", "days", "effect", "marks_of", "tone", "word"]
