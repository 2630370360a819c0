"""What can be done with workspaces. Other rooms call these names."""

from apps.workspaces.services.company_settings import SettingsChange, settings_of, update_settings
from apps.workspaces.services.engines import choose_engine, engine_names
from apps.workspaces.services.entering import issue_pass, redeem_pass
from apps.workspaces.services.finder import forget_address, register_address
from apps.workspaces.services.lifecycle import close, on_close, reactivate, start_closing, suspend
from apps.workspaces.services.mailing import mail_confirmation, mail_workspaces, mails_due
from apps.workspaces.services.provisioning import due, provision, try_again
from apps.workspaces.services.signing_up import (
    confirm,
    forget_old,
    is_taken,
    issues_of,
    open_workspace,
    read_link,
    send_again,
    sign_up,
)
from apps.workspaces.services.waking import wake

__all__ = [
    "SettingsChange",
    "choose_engine",
    "close",
    "confirm",
    "due",
    "engine_names",
    "forget_address",
    "forget_old",
    "is_taken",
    "issue_pass",
    "issues_of",
    "mail_confirmation",
    "mail_workspaces",
    "mails_due",
    "on_close",
    "open_workspace",
    "provision",
    "reactivate",
    "read_link",
    "redeem_pass",
    "register_address",
    "send_again",
    "settings_of",
    "sign_up",
    "start_closing",
    "suspend",
    "try_again",
    "update_settings",
    "wake",
]
