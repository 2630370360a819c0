"""What was said under an objective, ready to show: its own page and the page of the objective include it."""

from __future__ import annotations

from apps.accounts import selectors as accounts
from apps.goals.domain.mentions import pieces
from apps.goals.models import Objective
from apps.goals.presentation import checkins as words
from apps.goals.selectors import talk
from apps.goals.selectors.people import Reader


def activity(reader: Reader, objective: Objective, page: int = 1) -> dict[str, object]:
    """The context of `goals/_activity.html`. Five queries, and one for each metric that key results follow."""
    entries, more = talk.activity_of(objective, page)
    mentioned = {pk for entry in entries if entry.comment for pk in entry.comment.mentions}
    names = accounts.names_of(mentioned) if mentioned else {}
    styles: dict[object, object] = {None: None}
    told = []
    for entry in entries:
        if entry.comment:
            called = [names[pk] for pk in entry.comment.mentions if pk in names]
            told.append({"comment": entry.comment, "pieces": pieces(entry.comment.text, called)})
            continue
        row = entry.checkin.key_result
        row.objective = objective
        if row.metric_id not in styles:
            styles[row.metric_id] = words.style_for(row)
        told.append(
            {
                "said": words.said(entry.checkin, row, styles[row.metric_id]),
                "key_result": row,
                "may_correct": reader.may_check_in(row) and objective.cycle.closed_at is None,
            }
        )
    return {
        "objective": objective,
        "entries": told,
        "more": page + 1 if more else None,
        "page_number": page,
        "follows": talk.follows(objective, reader.actor.id),
        "may_write": reader.actor.may("checkins.write"),
        "me": reader.actor.id,
    }
