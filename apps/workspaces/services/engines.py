"""Which engine computes for a workspace. Operators say so; an address that a company could type would be a way in."""

from django.conf import settings
from django.db import transaction

from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.workspaces.models import Workspace
from apps.workspaces.scope import in_public

EMBEDDED = "embedded"
"""No cluster, also where the deployment has one."""
DEFAULT = "default"
"""What the deployment says: its ENGINE_URL, or the embedded engine."""


def engine_names() -> list[str]:
    """What a workspace can be given: the clusters that this process knows by name, and the two words."""
    return [DEFAULT, EMBEDDED, *settings.ENGINE_URLS]


def choose_engine(slug: str, name: str) -> Workspace:
    """Have the cluster of this name compute for the workspace from its next piece of work on; the workspace.

    Only the name is stored, in the public schema. Refusal for a name that is not in the settings.
    """
    if name not in engine_names():
        message = N_("There is no engine of this name. There are: %(names)s.")
        issue = Issue("engine", message, {"names": ", ".join(engine_names())})
        raise Refusal(message, issue.params, issues=[issue])
    with in_public(), transaction.atomic():
        workspace = Workspace.objects.select_for_update().filter(slug=slug).first()
        if workspace is None:
            raise NotHere(N_("There is no such workspace."))
        workspace.engine = "" if name == DEFAULT else name
        workspace.save(update_fields=["engine"])
    return workspace
