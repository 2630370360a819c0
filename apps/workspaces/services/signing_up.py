"""From a filled-in form to a workspace that is being set up."""

import time
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.kernel.issue import N_, Issue, Refusal
from apps.workspaces.addresses import host_of
from apps.workspaces.domain.company import NewCompany, company_issues
from apps.workspaces.domain.slugs import normal_slug, slug_issues
from apps.workspaces.models import Domain, SignUp, Workspace
from apps.workspaces.scope import in_public
from apps.workspaces.services.provisioning import provision
from apps.workspaces.services.throttle import must_be_allowed
from apps.workspaces.services.waking import wake

LINK_DAYS = 3
PATIENCE = 60.0  # seconds to wait for a worker that is already setting a workspace up
KEPT_DAYS = 7  # what a sign-up told of a person is kept this long after it was of use
_SALT = "workspaces.confirm"
_TAKEN = N_("“%(slug)s” is taken. Choose another address.")


class WrongLink(Refusal):
    """A confirmation link that leads nowhere."""

    default_status = 404


class ExpiredLink(Refusal):
    """A confirmation link that is too old; `sign_up_id` is whom to send a new one."""

    default_status = 410

    def __init__(self, sign_up_id: UUID) -> None:
        super().__init__(N_("This link has expired. It was good for %(days)d days."), {"days": LINK_DAYS})
        self.sign_up_id = sign_up_id


class UsedLink(Refusal):
    """A confirmation link that has been used; `workspace` is what came of it."""

    default_status = 410

    def __init__(self, workspace: Workspace | None) -> None:
        super().__init__(N_("This link has been used already."))
        self.workspace = workspace


class TakenMeanwhile(Refusal):
    """Somebody else was given the address between sign-up and confirmation; another one has to be chosen."""

    default_status = 409


def sign_up(*, wanted: NewCompany, caller: str) -> SignUp:
    """Keep what somebody asks for and mail them the link that confirms their address.

    `caller` is the network address asking. Raises `Refusal` with every issue at once (`where` names the field), or
    with status 429 if it was asked for too often. The password is kept as a hash.
    """
    wanted = wanted.tidied()
    with in_public():
        _refuse(issues_of(wanted))
        must_be_allowed("sign-up", caller, most=20)
        must_be_allowed("sign-up-mail", wanted.email, most=5)
        with transaction.atomic():
            row = _keep(wanted, expires_at=Now() + timedelta(days=LINK_DAYS))
            transaction.on_commit(partial(wake, "workspaces.mail_confirmation", sign_up=str(row.pk)))
    return row


def open_workspace(*, wanted: NewCompany) -> Workspace:
    """Make a workspace here and now, without mail: for the demo and for set-up by an operator.

    Raises `Refusal` as `sign_up` does, and `RuntimeError` with the reason if setting it up fails.
    """
    wanted = wanted.tidied()
    with in_public():
        _refuse(issues_of(wanted))
        with transaction.atomic():
            row = _keep(wanted, expires_at=Now(), mail_due=False)
            workspace = _begin(row, row.slug)
        _wait_until_open(workspace)
    if workspace.status != Workspace.Status.ACTIVE:
        raise RuntimeError(workspace.reason)
    return workspace


def _wait_until_open(workspace: Workspace) -> None:
    """Set it up here, or wait for the worker that was faster."""
    end = time.monotonic() + PATIENCE
    while workspace.status == Workspace.Status.PROVISIONING and not workspace.reason and time.monotonic() < end:
        if not provision(workspace.pk):
            time.sleep(0.1)
        workspace.refresh_from_db()


def issues_of(wanted: NewCompany) -> list[Issue]:
    """Everything wrong with a wanted company, all at once."""
    found = list(company_issues(wanted))
    if not any(issue.where == "slug" for issue in found) and is_taken(wanted.slug):
        found.append(Issue("slug", _TAKEN, {"slug": wanted.slug}))
    try:
        validate_email(wanted.email)
    except ValidationError as error:
        found += [Issue("email", message) for message in error.messages]
    try:
        validate_password(wanted.password, user=get_user_model()(email=wanted.email, name=wanted.person_name))
    except ValidationError as error:
        found += [Issue("password", message) for message in error.messages]
    return found


def is_taken(slug: str) -> bool:
    """Whether a workspace has this address, or had it: a closed one's address is not given away."""
    with in_public():
        taken = Workspace.objects.filter(slug=slug).exists()
        return taken or Domain.objects.filter(domain=host_of(slug)).exists()


def link_token(row: SignUp) -> str:
    """The secret of the confirmation link."""
    return signing.dumps({"sign_up": str(row.pk), "until": row.expires_at.isoformat()}, salt=_SALT)


def read_link(token: str) -> SignUp:
    """The sign-up a link belongs to, still to be confirmed. Raises `WrongLink`, `UsedLink` or `ExpiredLink`."""
    try:
        told = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        told = {}
    with in_public():
        row = SignUp.objects.select_related("workspace").filter(pk=told.get("sign_up")).first()
    if row is None:
        raise WrongLink(N_("This link does not lead anywhere. Perhaps a part of it was lost on the way."))
    if row.confirmed_at is not None:
        raise UsedLink(row.workspace)
    if told["until"] != row.expires_at.isoformat() or row.expires_at <= timezone.now():
        raise ExpiredLink(row.pk)
    return row


def confirm(token: str, *, slug: str = "") -> Workspace:
    """Confirm the address behind a link and begin to set up the workspace; `slug` replaces an address taken meanwhile.

    Once only, also when two clicks come at the same time. Raises as `read_link` does, `TakenMeanwhile`, or `Refusal`
    for a new address that will not do.
    """
    row = read_link(token)
    chosen = normal_slug(slug) or row.slug
    _refuse(list(slug_issues(chosen)))
    with in_public():
        try:
            with transaction.atomic():
                row = SignUp.objects.select_for_update().get(pk=row.pk)  # no join: it would miss a new workspace
                if row.confirmed_at is not None:
                    raise UsedLink(row.workspace)
                return _begin(row, chosen)
        except IntegrityError:
            raise TakenMeanwhile(_TAKEN, {"slug": chosen}) from None


def send_again(sign_up_id: UUID, *, caller: str) -> SignUp:
    """Mail the confirmation link again, good for another three days; links sent before stop to work."""
    with in_public(), transaction.atomic():
        row = SignUp.objects.select_for_update().filter(pk=sign_up_id).first()
        if row is None:
            raise WrongLink(N_("There is no such sign-up any more. Please sign up again."))
        if row.confirmed_at is not None:
            raise UsedLink(row.workspace)
        must_be_allowed("sign-up", caller, most=20)
        must_be_allowed("sign-up-mail", row.email, most=5)
        row.expires_at, row.mail_due = Now() + timedelta(days=LINK_DAYS), True
        row.save(update_fields=["expires_at", "mail_due"])
        row.refresh_from_db()
        transaction.on_commit(partial(wake, "workspaces.mail_confirmation", sign_up=str(row.pk)))
    return row


def forget_old() -> None:
    """Delete sign-ups nobody confirmed, and the names in those that were, a week after they were of use."""
    week = timedelta(days=KEPT_DAYS)
    with in_public():
        SignUp.objects.filter(confirmed_at__isnull=True, expires_at__lt=Now() - week).delete()
        used = SignUp.objects.filter(confirmed_at__lt=Now() - week, workspace__status=Workspace.Status.ACTIVE)
        used.exclude(email="").update(email="", person_name="")


def _keep(wanted: NewCompany, **fields: object) -> SignUp:
    row = SignUp.objects.create(
        company=wanted.company,
        slug=wanted.slug,
        email=wanted.email,
        person_name=wanted.person_name,
        password_hash=make_password(wanted.password),
        language=wanted.language,
        **asdict(wanted.calendar),
        **fields,
    )
    row.refresh_from_db()
    return row


def _begin(row: SignUp, slug: str) -> Workspace:
    """Write the workspace that is to be set up, in the caller's transaction, and wake a worker when that commits."""
    workspace = Workspace.objects.create(
        slug=slug,
        name=row.company,
        language=row.language,
        time_zone=row.time_zone,
        currency=row.currency,
        fiscal_year_start=row.fiscal_year_start,
        week_start=row.week_start,
    )
    Domain.objects.create(domain=host_of(slug), tenant=workspace, is_primary=True)
    row.workspace, row.slug, row.confirmed_at, row.mail_due = workspace, slug, timezone.now(), False
    row.save(update_fields=["workspace", "slug", "confirmed_at", "mail_due"])
    transaction.on_commit(partial(wake, "workspaces.provision", workspace=str(workspace.pk)))
    return workspace


def _refuse(issues: list[Issue]) -> None:
    if issues:
        raise Refusal(N_("Please mend what is marked."), issues=issues)
