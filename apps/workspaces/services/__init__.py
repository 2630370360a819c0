"""What can be done with workspaces. Other rooms call these names."""

from apps.workspaces.services.finder import forget_address, register_address
from apps.workspaces.services.signing_up import open_workspace

__all__ = ["forget_address", "open_workspace", "register_address"]
