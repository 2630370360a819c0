"""What people of a workspace can do about people: join, get roles, form teams, say what they like to see."""

from apps.accounts.numbers import Numbers, Offered, offer_numbers
from apps.accounts.services.invitations import (
    accept_invitation,
    invite,
    send_again,
    send_invitation,
    withdraw_invitation,
)
from apps.accounts.services.people import (
    add_person,
    change_roles,
    deactivate,
    follow_address,
    reactivate,
    reset_second_factor,
)
from apps.accounts.services.profile import change_language, change_profile
from apps.accounts.services.sweeping import sweep_session_list, sweep_sessions
from apps.accounts.services.teams import (
    add_membership,
    add_team,
    archive_team,
    change_team,
    end_membership,
    remove_membership,
    restore_team,
)

__all__ = [
    "Numbers",
    "Offered",
    "accept_invitation",
    "add_membership",
    "add_person",
    "add_team",
    "archive_team",
    "change_language",
    "change_profile",
    "change_roles",
    "change_team",
    "deactivate",
    "end_membership",
    "follow_address",
    "invite",
    "offer_numbers",
    "reactivate",
    "remove_membership",
    "reset_second_factor",
    "restore_team",
    "send_again",
    "send_invitation",
    "sweep_session_list",
    "sweep_sessions",
    "withdraw_invitation",
]
