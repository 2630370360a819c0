"""Writing to the tables of pay as the application's own role, past every service: what the database lets happen."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.incentives import selectors
from apps.incentives.models import (
    Run,
    RunApproval,
)


def refused(act, /, *args: object, match: str | None = None, **values: object) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act(*args, **values)


def tried(act, /, *args: object, **values: object) -> bool:
    """Whether the database lets it happen; it is taken back either way."""
    try:
        with transaction.atomic():
            act(*args, **values)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def put(run: Run, **values: object) -> int:
    return Run.objects.filter(pk=run.pk).update(**values)


def approve(run: Run, who: Any) -> RunApproval:
    return RunApproval.objects.create(
        run=run, revision=run.revision, content=run.content, step=9, head="0" * 64, by=who.pk, by_name="x"
    )


def give(person: Any, *roles: str) -> None:
    person.roles = list(roles)
    person.save()


def relations(run: Run, person: Any) -> set[str]:
    """What somebody has to do with a run already: the database and the domain say the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pay_relations(%s, %s)", [person.pk, run.pk])
        (found,) = cursor.fetchone()
    assert set(found) == {str(each) for each in selectors.facts_of(run).relations(str(person.pk))}
    return set(found)
