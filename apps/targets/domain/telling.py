"""What people are told about targets: the kinds of notices, and how each usually reaches them."""

from apps.kernel.issue import N_

GROUP = N_("Targets")
KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("targets.review", N_("A target of mine is to be looked at again"), ("app", "mail")),
)
"""Name, what the page "How I am told" calls it, and the usual ways."""
