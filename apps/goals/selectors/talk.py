"""Read what is said under objectives: comments and check-ins, who follows, who may be mentioned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.goals.models import CheckIn, Comment, Follower, Objective
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader, visible
from apps.kernel.issue import N_, NotHere

MOST_OFFERED = 8
PER_PAGE = 20


@dataclass(frozen=True)
class Entry:
    """Something that was said under an objective: a comment or a check-in, never both."""

    at: datetime
    comment: Comment | None = None
    checkin: CheckIn | None = None


def activity_of(objective: Objective, page: int = 1) -> tuple[list[Entry], bool]:
    """What was said, the newest first, a page at a time, and whether there is more. Three queries."""
    upto = page * PER_PAGE + 1
    comments = Comment.objects.filter(objective=objective).select_related("key_result").order_by("-at")[:upto]
    checkins = CheckIn.objects.filter(key_result__objective=objective).select_related("key_result__metric")
    said = checkins.prefetch_related("corrections").order_by("-at")[:upto]
    every = [Entry(row.at, comment=row) for row in comments] + [Entry(row.at, checkin=row) for row in said]
    every.sort(key=lambda entry: entry.at, reverse=True)
    return every[upto - 1 - PER_PAGE : upto - 1], len(every) >= upto


def comment_for(reader: Reader, comment_id: UUID) -> Comment:
    """A comment; NotHere if what it is about is not theirs to see. One query."""
    rows = Comment.objects.select_related("objective").filter(visible(reader, "objective__"), pk=comment_id)
    found = rows.first()
    if found is None:
        raise NotHere(N_("There is no such comment."))
    return found


def follows(objective: Objective, user_id: UUID) -> bool:
    """Whether somebody is told what happens to an objective. One query."""
    return Follower.objects.filter(objective=objective, user_id=user_id).exists()


def seers(objective: Objective) -> set[UUID] | None:
    """Who may know of a private objective: its owner and the leads of their teams. None: everybody. Two queries."""
    if not objective.private or objective.owner_id is None:
        return None
    teams = accounts.team_ids_of(objective.owner_id, today())
    leads = {line.lead_id for line in accounts.team_lines() if line.id in teams and line.lead_id}
    return leads | {objective.owner_id}


def followers_of(objective: Objective) -> set[UUID]:
    """Who is told what happens to an objective, of those who may still know of it. One query; three if private."""
    found = set(Follower.objects.filter(objective=objective).values_list("user_id", flat=True))
    allowed = seers(objective)
    return found if allowed is None else found & allowed


def people_like(text: str, objective: Objective) -> list[tuple[UUID, str]]:
    """Whom one may mention under an objective, by the beginning of a word of their name. One query, or three."""
    allowed = seers(objective)
    rows = accounts.active_people().order_by("name", "email")
    if allowed is not None:
        rows = rows.filter(pk__in=allowed)
    wanted = text.strip().casefold()
    found = []
    for pk, name, email in rows.values_list("pk", "name", "email").iterator():
        shown = name or email
        if any(part.startswith(wanted) for part in (shown.casefold(), *shown.casefold().split())):
            found.append((pk, shown))
            if len(found) == MOST_OFFERED:
                break
    return found
