"""What acts are called, in words. Every act that a room records stands here; a test compares."""

from apps.kernel.issue import N_

AREAS: dict[str, str] = {
    "person": N_("People"),
    "invitation": N_("Invitations"),
    "team": N_("Teams"),
    "membership": N_("Team members"),
    "company": N_("Company settings"),
    "upload": N_("Uploads"),
    "dataset": N_("Datasets"),
    "metric": N_("Metrics"),
    "north_star": N_("North Star"),
    "tree": N_("Driver tree"),
    "target": N_("Targets"),
    "initiative": N_("Actions"),
    "scenario": N_("What if"),
    "model": N_("Model as code"),
    "work": N_("Computations"),
    "api_key": N_("API keys"),
    "demo": N_("Demo"),
}

ACTS: dict[str, str] = {
    "person.added": N_("Added a person"),
    "person.roles_changed": N_("Changed roles"),
    "person.deactivated": N_("Deactivated a person"),
    "person.reactivated": N_("Let a person in again"),
    "person.second_factor_reset": N_("Removed a second sign-in step"),
    "person.address_changed": N_("Changed their e-mail address"),
    "person.profile_changed": N_("Changed their profile"),
    "invitation.sent": N_("Invited somebody"),
    "invitation.sent_again": N_("Sent an invitation again"),
    "invitation.withdrawn": N_("Withdrew an invitation"),
    "invitation.accepted": N_("Joined by invitation"),
    "team.added": N_("Added a team"),
    "team.changed": N_("Changed a team"),
    "team.archived": N_("Archived a team"),
    "team.restored": N_("Took a team back into use"),
    "membership.added": N_("Added somebody to a team"),
    "membership.ended": N_("Set somebody's last day in a team"),
    "membership.removed": N_("Removed an entry of a team member"),
    "company.settings_changed": N_("Changed the company's settings"),
    "demo.completed": N_("Finished the demo company"),
    "upload.received": N_("Uploaded a file"),
    "upload.columns_named": N_("Named the columns of a file"),
    "upload.discarded": N_("Discarded an upload"),
    "dataset.made": N_("Made a dataset"),
    "dataset.declared": N_("Said which columns a dataset will have"),
    "dataset.rate_days_set": N_("Said how long an exchange rate holds"),
    "metric.defined": N_("Defined a metric"),
    "metric.redefined": N_("Changed the definition of a metric"),
    "metric.draft_saved": N_("Saved a draft of a definition"),
    "metric.draft_discarded": N_("Discarded a draft of a definition"),
    "metric.certified": N_("Certified a metric"),
    "metric.certification_withdrawn": N_("Withdrew the certification of a metric"),
    "metric.deleted": N_("Deleted a metric"),
    "metric.owner_changed": N_("Changed who looks after a metric"),
    "metric.archived": N_("Archived a metric"),
    "metric.restored": N_("Took a metric back into use"),
    "metric.values_typed": N_("Typed values of a metric"),
    "dataset.rows_read": N_("Looked at the rows of a dataset"),
    "metric.rows_read": N_("Looked at the rows behind a value"),
    "north_star.chosen": N_("Chose the North Star"),
    "tree.added": N_("Added a node to the tree"),
    "tree.changed": N_("Changed a node of the tree"),
    "tree.removed": N_("Removed a branch of the tree"),
    "api_key.made": N_("Made an API key"),
    "api_key.revoked": N_("Revoked an API key"),
    "target.set": N_("Set a target"),
    "target.withdrawn": N_("Withdrew a target"),
    "initiative.planned": N_("Planned an action"),
    "initiative.changed": N_("Changed an action"),
    "initiative.done": N_("Said that an action is done"),
    "initiative.stopped": N_("Stopped an action"),
    "initiative.reopened": N_("Took up an action again"),
    "scenario.saved": N_("Saved a what-if"),
    "scenario.changed": N_("Changed a what-if"),
    "scenario.deleted": N_("Deleted a what-if"),
    "model.applied": N_("Applied a model"),
}


FACTS: dict[str, str] = {
    "name": N_("Name"),
    "roles": N_("Roles"),
    "email": N_("E-mail address"),
    "language": N_("Language"),
    "team": N_("Team"),
    "parent": N_("Belongs to"),
    "lead": N_("Lead"),
    "from": N_("From"),
    "to": N_("To"),
    "prefix": N_("Begins with"),
    "role": N_("Role"),
    "scopes": N_("May be used for"),
    "datasets": N_("Datasets"),
    "metrics": N_("Metrics"),
    "north_star": N_("North Star"),
    "tree": N_("Driver tree"),
    "targets": N_("Targets"),
    "what": N_("What is done"),
    "owner": N_("Owner"),
    "status": N_("Status"),
    "expected": N_("Expected effect"),
    "member": N_("Member"),
    "result": N_("Result"),
}


def words_of_fact(name: str) -> str:
    """The msgid for the name of a fact before or after a change; the name itself where it has no words."""
    return FACTS.get(name, name)


def words_of(act: str) -> str:
    """The msgid for an act; the act's own name where nobody has given it words."""
    return ACTS.get(act, act)
