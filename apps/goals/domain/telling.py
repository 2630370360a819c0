"""What people are told about goals: the kinds of notices, and how each usually reaches them."""

from apps.kernel.issue import N_

GROUP = N_("Goals and check-ins")
KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("goals.check_in_soon", N_("A check-in of mine is due tomorrow"), ("app",)),
    ("goals.check_in_due", N_("A check-in of mine is due today"), ("app", "mail")),
    ("goals.check_in_missed", N_("I have missed a check-in"), ("app", "mail")),
    ("goals.team_missed", N_("My team has missed check-ins"), ("app", "mail")),
    ("goals.checked_in_for_me", N_("Somebody checked in for me"), ("app", "mail")),
    ("goals.mentioned", N_("Somebody mentions me"), ("app", "mail")),
    ("goals.commented", N_("Somebody comments on what I follow"), ("app",)),
    ("goals.checked_in", N_("Somebody checks in on what I follow"), ("app",)),
    ("goals.meeting_ended", N_("The summary of a meeting of my team"), ("app", "mail")),
)
"""Name, what the page "How I am told" calls it, and the usual ways."""
