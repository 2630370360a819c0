"""Ask people by e-mail to join, and let them in when they come."""

import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.domain.invitations import LIFETIME, State, read_addresses
from apps.accounts.domain.people import invitation_issues
from apps.accounts.domain.roles import Actor, Role
from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.selectors import digest_of, today
from apps.accounts.services.letters import invitation_letter
from apps.accounts.services.people import join, refuse_if
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import Claim, WorkFailed, enqueue

SEND = "accounts.send_invitation"
NO_INVITATION = N_("There is no such invitation.")
NOT_SENT = N_("Nothing was sent. Correct the following and try again.")
CLOSED = {
    State.ACCEPTED: N_("This invitation has been used already. Sign in with the password you chose."),
    State.WITHDRAWN: N_("This invitation was withdrawn. Ask your company's administrator for a new one."),
    State.EXPIRED: N_("This invitation has expired. Ask your company's administrator to send it again."),
}


def invite(*, actor: Actor, addresses: str, roles: Collection[Role], team_id: UUID | None = None) -> list[Invitation]:
    """Invite every address in a pasted text, all or none; the mails go out by the workers.

    Raises `Refusal` with every issue at once: addresses that are none, people who are here already or are invited
    already, roles the actor may not give, a team that does not exist.
    """
    actor.must("people.manage")
    emails, issues = read_addresses(addresses)
    issues += invitation_issues(actor=actor, roles=frozenset(roles))
    team, team_issues = _team(team_id)
    try:
        with transaction.atomic():
            refuse_if(NOT_SENT, [*issues, *team_issues, *_taken(emails)])
            return [_invite_one(actor, email, roles, team) for email in emails]
    except IntegrityError:
        raise Refusal(N_("Somebody else invited them at the same moment. Look at the list, then try again.")) from None


@transaction.atomic
def send_again(*, actor: Actor, invitation_id: UUID) -> Invitation:
    """Send an invitation once more, with a new link and seven more days; the former link no longer works."""
    actor.must("people.manage")
    invitation = _open(invitation_id)
    invitation.expires_at = timezone.now() + LIFETIME
    invitation.save(update_fields=["expires_at"])
    _ask_to_send(actor, invitation)
    record(actor=actor, act="invitation.sent_again", subject=invitation)
    return invitation


@transaction.atomic
def withdraw_invitation(*, actor: Actor, invitation_id: UUID) -> Invitation:
    """The link of this invitation stops working."""
    actor.must("people.manage")
    invitation = _open(invitation_id)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record(actor=actor, act="invitation.withdrawn", subject=invitation)
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, language: str = "") -> User:
    """Become a person of the company, once. Raises `NotHere` for an unknown link, `Refusal` (410) for one that is over.

    The row is locked: of two who accept at once the second finds the invitation used.
    """
    invitation = Invitation.objects.select_for_update().filter(secret_digest=digest_of(token)).first()
    if invitation is None:
        raise NotHere(N_("This link is not valid. Open the link from the newest invitation mail."))
    refuse_closed(invitation, timezone.now())
    roles = [Role(role) for role in invitation.roles]
    user = join(email=invitation.email, name=name, password=password, roles=roles, language=language)
    if invitation.team_id is not None and invitation.team.archived_at is None:
        Membership.objects.create(team_id=invitation.team_id, user=user, start=today())
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    record(actor=user.actor, act="invitation.accepted", subject=invitation, after={"roles": user.roles})
    return user


def refuse_closed(invitation: Invitation, now: datetime) -> None:
    """Raise `Refusal` unless the invitation can still be accepted."""
    state = invitation.state(now)
    if state in CLOSED:
        raise Refusal(CLOSED[state], status=410)


def send_invitation(claim: Claim) -> None:
    """Work: write the mail with a secret nobody has seen before, and keep that secret's digest."""
    invitation = Invitation.objects.select_related("invited_by").filter(pk=claim.work.subject).first()
    if invitation is None or invitation.state(timezone.now()) is not State.WAITING:
        return
    secret = secrets.token_urlsafe(32)
    row = Invitation.objects.filter(pk=invitation.pk)
    try:
        with claim.completing():
            row.update(secret_digest=digest_of(secret), sent_at=Now(), send_problem="")
            invitation_letter(invitation, secret).send()
    except OSError as error:  # what smtplib and sockets raise
        row.update(send_problem=str(error)[:200] or type(error).__name__)
        reason = N_("The mail server did not take the mail: %(reason)s")
        raise WorkFailed(reason, retry=True, params={"reason": str(error)[:200]}) from error


def _invite_one(actor: Actor, email: str, roles: Collection[Role], team: Team | None) -> Invitation:
    _expired(email).update(withdrawn_at=Now())
    invitation = Invitation.objects.create(
        email=email,
        roles=[str(role) for role in Role if role in roles],
        team=team,
        secret_digest=digest_of(secrets.token_urlsafe(32)),  # of a secret nobody has: the mail brings the real one
        invited_by=User.objects.filter(pk=actor.id).first(),
        expires_at=timezone.now() + LIFETIME,
    )
    _ask_to_send(actor, invitation)
    after = {"roles": invitation.roles, "team": team.name if team else None}
    record(actor=actor, act="invitation.sent", subject=invitation, after=after)
    return invitation


def _ask_to_send(actor: Actor, invitation: Invitation) -> None:
    enqueue(SEND, subject=invitation.pk, asked_by=actor.id)


def _team(team_id: UUID | None) -> tuple[Team | None, list[Issue]]:
    if team_id is None:
        return None, []
    team = Team.objects.filter(pk=team_id, archived_at__isnull=True).first()
    return team, [] if team else [Issue("team", N_("There is no such team any more. Choose another."))]


def _taken(emails: list[str]) -> list[Issue]:
    """One issue for each address that cannot be invited because it is here, was here, or is invited already."""
    people = dict(User.objects.filter(email__in=emails).values_list("email", "is_active"))
    invited = set(
        Invitation.objects.filter(
            email__in=emails, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
        ).values_list("email", flat=True)
    )
    issues = []
    for email in emails:
        if email in people:
            message = HERE if people[email] else WAS_HERE
        elif email in invited:
            message = INVITED
        else:
            continue
        issues.append(Issue("addresses", message, {"address": email}))
    return issues


HERE = N_("“%(address)s” already belongs to this company.")
WAS_HERE = N_("“%(address)s” was deactivated in this company. Let them in again instead, from the list of people.")
INVITED = N_("“%(address)s” is invited already. Send that invitation again instead, from the list of invitations.")


def _expired(email: str):
    return Invitation.objects.filter(
        email=email, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__lte=timezone.now()
    )


def _open(invitation_id: UUID) -> Invitation:
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotHere(NO_INVITATION)
    if invitation.accepted_at is not None:
        raise Refusal(N_("This invitation has been accepted already."))
    if invitation.withdrawn_at is not None:
        raise Refusal(N_("This invitation was withdrawn already. Invite the person anew."))
    return invitation
