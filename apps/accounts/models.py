"""People of one workspace, their teams, and who has been invited."""

import uuid
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.invitations import State, state_of
from apps.accounts.domain.roles import Actor, Role
from apps.accounts.numbers import Numbers

ROLE_NAMES = [
    (Role.OWNER, _("Owner")),
    (Role.ADMIN, _("Administrator")),
    (Role.HR, _("HR")),
    (Role.ANALYST, _("Analyst")),
    (Role.MANAGER, _("Manager")),
    (Role.MEMBER, _("Member")),
    (Role.VIEWER, _("Viewer")),
]


class UserManager(BaseUserManager):
    """People are found by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """An operator of the service; exists in the public schema only."""
        return self.create_user(email, password, is_staff=True, **fields)


class User(AbstractBaseUser):
    """A person of one workspace, or, in the public schema, an operator of the service."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=16, choices=ROLE_NAMES), default=list, verbose_name=_("roles"))
    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(_("appearance"), max_length=8, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        ordering = ("name", "email")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def actor(self) -> Actor:
        return Actor(id=self.id, name=str(self), roles=self.role_set)

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles if role in set(Role))

    # The operators' console asks these; inside a workspace nobody is staff.
    @property
    def is_operator(self) -> bool:
        return self.is_active and self.is_staff and connection.schema_name == "public"

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return self.is_operator

    def has_perms(self, permissions: list[str], obj: object = None) -> bool:
        return self.is_operator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_operator

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Team(models.Model):
    """A team in the company's tree of teams."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(_("name"), max_length=120)
    lead = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    dimension = models.CharField(max_length=41, blank=True, help_text="Its numbers are those of a member of this …")
    member = models.CharField(max_length=200, blank=True, help_text="… called so; both empty: it has none of its own.")
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="team_numbers_are_of_a_member_or_none",
                condition=Q(dimension="", member="") | ~Q(dimension="") & ~Q(member=""),
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(archived_at__isnull=True),
                nulls_distinct=False,
                name="team_name_once_per_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.dimension, self.member)


class Membership(models.Model):
    """Somebody belongs to a team from a day on, until the day they leave it (half-open)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="memberships")
    start = models.DateField(_("from"))
    end = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ("start",)
        constraints = [
            models.CheckConstraint(
                name="membership_ends_after_it_starts", condition=Q(end__isnull=True) | Q(end__gt=F("start"))
            ),
            models.UniqueConstraint(
                fields=["team", "user"], condition=Q(end__isnull=True), name="membership_open_once_per_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


class Invitation(models.Model):
    """Somebody was asked by e-mail to join, with these roles and in this team.

    Each mail that is sent carries a new secret, of which only the digest is kept: the newest mail's link is the one
    that works, and it works once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"))
    roles = ArrayField(models.CharField(max_length=16, choices=ROLE_NAMES), verbose_name=_("roles"))
    team = models.ForeignKey("accounts.Team", null=True, blank=True, on_delete=models.SET_NULL, verbose_name=_("team"))
    secret_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, editable=False)
    send_problem = models.CharField(max_length=200, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once_per_address",
            )
        ]

    def __str__(self) -> str:
        return self.email

    def state(self, now: datetime) -> State:
        return state_of(
            expires_at=self.expires_at, accepted_at=self.accepted_at, withdrawn_at=self.withdrawn_at, now=now
        )


class Edition(models.Model):
    """Marks of the last changes of people, teams and memberships; all together they name how these stand.

    Triggers write them (migration 0002), nobody else does. There is one row, or one for each of those that wrote at
    the same time.
    """

    mark = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return self.mark.hex
