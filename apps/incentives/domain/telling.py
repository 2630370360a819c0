"""What people are told about pay: the kinds of notices, and how each usually reaches them. Never an amount."""

from apps.kernel.issue import N_

GROUP = N_("Pay")
KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pay.review", N_("Pay of my team waits for my review"), ("app", "mail")),
    ("pay.statement", N_("A statement of my pay is there"), ("app", "mail")),
    ("pay.plan", N_("A plan that pays me is published"), ("app", "mail")),
    ("pay.correction", N_("Figures were corrected since pay was posted"), ("app", "mail")),
    ("pay.dispute", N_("A dispute about a pay statement goes on"), ("app", "mail")),
)
"""Name, what the page "How I am told" calls it, and the usual ways."""
