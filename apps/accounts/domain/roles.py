"""Who may do what: one table, which pages, the API and services share. What is not in it is refused."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from apps.kernel.issue import N_, Forbidden


class Role(StrEnum):
    """What somebody is in their company's workspace. A person may have several."""

    OWNER = "owner"
    ADMIN = "admin"
    HR = "hr"
    ANALYST = "analyst"
    MANAGER = "manager"
    MEMBER = "member"
    VIEWER = "viewer"


EVERYONE = frozenset(Role)
ADMINS = frozenset({Role.OWNER, Role.ADMIN})
BUILDERS = ADMINS | {Role.ANALYST}
LEADERS = BUILDERS | {Role.MANAGER}
DOERS = EVERYONE - {Role.VIEWER}

PERMISSIONS: dict[str, frozenset[Role]] = {
    "home.view": EVERYONE,
    "profile.edit": EVERYONE,
    "metrics.view": EVERYONE,
    "metrics.edit": BUILDERS,
    "scores.approve": ADMINS,  # changes of a score that others made
    "metrics.rows": LEADERS,  # the uploaded rows behind a value name customers
    "north_star.choose": ADMINS,
    "values.type": LEADERS,  # values of manual metrics
    "targets.view": EVERYONE,
    "targets.edit": LEADERS,
    "targets.approve": ADMINS,  # targets that others proposed
    "objectives.view": EVERYONE,
    "objectives.edit": DOERS,  # their own, and those of teams they lead; see apps.goals.services.people
    "objectives.edit_all": BUILDERS,
    "cycles.manage": ADMINS | {Role.HR},
    "checkins.write": DOERS,  # their own key results, and those of teams they lead
    "initiatives.view": EVERYONE,
    "initiatives.edit": LEADERS,  # their own; see apps.goals.services.may_change
    "initiatives.edit_all": BUILDERS,
    "pay.own": EVERYONE,  # their own pay, and the plans they take part in
    "pay.teams": EVERYONE,  # of teams that somebody let them look after; see apps.incentives.selectors.scopes
    "pay.view": ADMINS | {Role.HR},  # plans and who takes part, with target bonuses and salaries
    "pay.prepare": frozenset({Role.HR}),  # plans, participants, runs
    "pay.review": frozenset({Role.HR, Role.MANAGER}),  # a manager: teams they lead, where the plan lets leads see
    "pay.approve": ADMINS,  # plans and runs that others prepared
    "pay.lock": ADMINS | {Role.HR},
    "pay.payroll": frozenset({Role.HR}),
    "data.view": LEADERS,
    "data.upload": BUILDERS,
    "sources.manage": BUILDERS,
    "people.view": EVERYONE,
    "people.manage": ADMINS,
    "teams.edit": ADMINS | {Role.HR},
    "audit.view": ADMINS,
    "company.settings": ADMINS,
    "work.view": EVERYONE,
    "work.manage": BUILDERS,
    "api.keys": EVERYONE,
    "api.manage": ADMINS,
}

PERMISSION_WORDS: dict[str, str] = {
    "home.view": N_("See the home page"),
    "profile.edit": N_("Change their own profile"),
    "metrics.view": N_("See metrics and the driver tree"),
    "metrics.edit": N_("Define metrics and build the driver tree"),
    "scores.approve": N_("Approve changes of a score that others made"),
    "metrics.rows": N_("See the uploaded rows behind a value"),
    "north_star.choose": N_("Choose the North Star Metric"),
    "values.type": N_("Type values of manual metrics"),
    "targets.view": N_("See targets"),
    "targets.edit": N_("Set and withdraw targets"),
    "targets.approve": N_("Approve targets that others proposed"),
    "objectives.view": N_("See objectives and key results"),
    "objectives.edit": N_("Set objectives of their own and of teams they lead"),
    "objectives.edit_all": N_("Set the company's objectives, and change anybody's"),
    "cycles.manage": N_("Make, close and reopen OKR cycles"),
    "checkins.write": N_("Check in on key results of their own and of teams they lead"),
    "initiatives.view": N_("See actions"),
    "initiatives.edit": N_("Plan actions, and look after their own"),
    "initiatives.edit_all": N_("Change anybody's actions"),
    "pay.own": N_("See their own pay, and the pay plans they take part in"),
    "pay.teams": N_("See the pay of teams that an owner or administrator let them look after"),
    "pay.view": N_("See pay plans and who takes part, with target bonuses and salaries"),
    "pay.prepare": N_("Write pay plans, keep who takes part, calculate pay"),
    "pay.review": N_("Review calculated pay; a manager only of teams they lead, where the plan allows it"),
    "pay.approve": N_("Approve pay plans and calculated pay that others prepared"),
    "pay.lock": N_("Lock approved pay and publish its statements"),
    "pay.payroll": N_("Export locked pay to payroll, and confirm that it was paid"),
    "data.view": N_("See datasets and uploads"),
    "data.upload": N_("Upload data and name its columns"),
    "sources.manage": N_("Set up where data comes from by itself, and keep the passwords for it"),
    "people.view": N_("See people and teams"),
    "people.manage": N_("Invite people, change roles, deactivate people"),
    "teams.edit": N_("Build teams and say who belongs to them"),
    "audit.view": N_("See who changed what"),
    "company.settings": N_("Change the company's settings"),
    "work.view": N_("See how far a computation is"),
    "work.manage": N_("Start a stopped computation again"),
    "api.keys": N_("Make API keys of their own"),
    "api.manage": N_("Make keys of service accounts, and revoke anybody's"),
}

ROLE_WORDS: dict[Role, str] = {
    Role.OWNER: N_("Everything but preparing pay, and makes other owners. A company always has at least one."),
    Role.ADMIN: N_("Everything except preparing pay, and making or changing owners."),
    Role.HR: N_("Teams and who belongs to them. Pay: plans, who takes part, runs, statements."),
    Role.ANALYST: N_("Data, metric definitions, the driver tree and targets."),
    Role.MANAGER: N_("Targets, actions, typed values, and the rows behind a value."),
    Role.MEMBER: N_("Sees metrics and targets."),
    Role.VIEWER: N_("Only looks: metrics and targets."),
}


@dataclass(frozen=True)
class Actor:
    """Who acts, as it travels through services: no room needs another's models to know it."""

    id: UUID
    name: str
    roles: frozenset[Role]

    def may(self, permission: str) -> bool:
        """Whether one of the actor's roles has `permission`; a name that is not in the table is a defect."""
        return bool(PERMISSIONS[permission] & self.roles)

    def must(self, permission: str) -> None:
        """Raise `Forbidden` unless the actor has `permission`. Every service that acts calls this."""
        if not self.may(permission):
            raise Forbidden(N_("Your role does not allow this. Ask an administrator of your company."))


ROBOT = Actor(id=UUID(int=0), name="Lodestar", roles=frozenset({Role.OWNER}))
"""The product itself: workers, set-up and the demo."""
