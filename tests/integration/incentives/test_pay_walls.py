"""What the database refuses about pay, as the application's own role: SQL around every service."""

import uuid
from datetime import date
from hashlib import sha256

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Team
from apps.incentives.models import (
    Assignment,
    IncentivePlan,
    Leave,
    Participant,
    PlanAcknowledgement,
    PlanVersion,
    TeamPool,
)

HR, OWNER, OTHER, ANALYST = (uuid.uuid4() for _ in range(4))
DOCUMENT = '{"name":"奖金"}'
PUBLISHED = {
    "status": "published", "approved_by": OWNER, "approved_by_name": "O", "published_at": timezone.now(),
    "content": sha256(DOCUMENT.encode()).hexdigest(), "engine": "1", "text_en": "en", "text_zh": "zh",
}  # fmt: skip
PROPOSED = {"status": "proposed", "proposed_by": HR, "proposed_by_name": "H", "proposed_at": timezone.now()}

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(in_acme) -> IncentivePlan:
    """Made by somebody of HR; another one of HR who is an administrator, too, could approve it."""
    for who, roles in ((HR, ["hr"]), (OWNER, ["owner"]), (OTHER, ["hr", "admin"]), (ANALYST, ["analyst"])):
        get_user_model().objects.create(pk=who, email=f"{who}@acme.test", name="N", roles=roles)
    return IncentivePlan.objects.create(key="bonus", name="Bonus", currency="CNY", created_by=HR, created_by_name="H")


def draft(plan: IncentivePlan, number: int = 1, first: date = date(2026, 1, 1), **other: object) -> PlanVersion:
    given: dict = {"authors": [HR], "author_id": HR, **other}
    return PlanVersion.objects.create(
        plan=plan, number=number, effective_from=first, document=DOCUMENT, author_name="H", changed_by_name="H", **given
    )


def put(version: PlanVersion, **values: object) -> None:
    PlanVersion.objects.filter(pk=version.pk).update(**values)


def publish(version: PlanVersion) -> PlanVersion:
    put(version, **PROPOSED)
    put(version, **PUBLISHED)
    return version


def refused(match: str, act, *args: object, **values: object) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act(*args, **values)


class TestAVersion:
    def test_is_published_by_somebody_who_did_not_write_it(self, plan):
        version = draft(plan, authors=[HR, OTHER])
        refused("proposed before", put, version, **PUBLISHED, proposed_by=HR)
        put(version, **PROPOSED)
        for who, why in ((OTHER, "pay_plan"), (HR, "not trusted"), (ANALYST, "not trusted")):
            refused(why, put, version, **{**PUBLISHED, "approved_by": who})
        refused("not trusted", put, version, **{**PUBLISHED, "approved_by": None})
        refused("who wrote it, stands", put, version, authors=[HR])
        put(version, **PUBLISHED)

    def test_is_written_and_proposed_by_who_prepares_pay(self, plan):
        for who in (ANALYST, OWNER, uuid.uuid4()):
            refused("not trusted", draft, plan, author_id=who, authors=[who])
        version = draft(plan, authors=[HR, ANALYST])
        for who in (ANALYST, OTHER):  # without trust; not an author
            refused("not trusted", put, version, **PROPOSED | {"proposed_by": who})
        put(version, **PROPOSED)

    def test_cannot_be_born_published(self, plan):
        refused("begins as a draft", draft, plan, **PROPOSED | PUBLISHED)

    def test_that_was_proposed_is_approved_as_it_is(self, plan):
        version = draft(plan)
        put(version, **PROPOSED)
        refused("as it is", put, version, **PUBLISHED, effective_from=date(2025, 1, 1))
        refused("as it is", put, version, document="{}")
        refused("as it is", put, version, proposed_by=OTHER)
        refused("content_is_of_the_document", put, version, **{**PUBLISHED, "content": "0" * 64})
        refused("published_whole", put, version, **{**PUBLISHED, "text_zh": ""})
        put(version, status="draft", returned_reason="Weights.")
        put(version, document="{}")

    @pytest.mark.parametrize(
        "change",
        [
            {"document": "{}"}, {"text_en": "other"}, {"effective_from": date(2025, 1, 1)}, {"golden": [1]},
            {"approved_by": OTHER}, {"status": "draft", "approved_by": None, "published_at": None}, {"engine": "2"},
            {"approval_steps": 2}, {"authors": [HR, OTHER]},
        ],
    )  # fmt: skip
    def test_that_is_published_never_changes(self, plan, change):
        version = publish(draft(plan))
        refused("never changes|wrote it", put, version, **change)

    def test_that_is_published_ends_and_is_not_prolonged(self, plan):
        version = publish(draft(plan))
        put(version, effective_until=date(2026, 6, 30))
        refused("never changes", put, version, effective_until=date(2026, 12, 31))
        refused("never changes", put, version, effective_until=None)
        put(version, status="ended", ended_by_name="H", ended_reason="Over.")
        refused("never changes", put, version, ended_reason="Other.")

    def test_that_is_published_is_not_removed(self, plan):
        version = publish(draft(plan))
        refused("stays", PlanVersion.objects.filter(pk=version.pk).delete)
        refused("permission denied", run, "TRUNCATE incentives_planversion CASCADE")
        draft(plan, 2).delete()

    def test_does_not_overlap_another_one(self, plan):
        first = publish(draft(plan))
        second = draft(plan, 2, date(2026, 7, 1))
        refused("one_draft", draft, plan, 3)
        put(second, **PROPOSED)
        refused("do_not_overlap", put, second, **PUBLISHED)
        put(first, effective_until=date(2026, 6, 30))
        put(second, **PUBLISHED)
        other = IncentivePlan.objects.create(key="b", name="B", currency="CNY", created_by=HR, created_by_name="H")
        publish(draft(other))


class TestAnAcknowledgement:
    def test_is_of_who_takes_part_for_what_is_published_and_stands(self, plan):
        version = publish(draft(plan))
        told = {
            "version": version, "person_id": OTHER, "person_name": "Mia", "content": PUBLISHED["content"],
            "text_hash": "t", "language": "zh", "wording": "I have read it.", "at": timezone.now(),
        }  # fmt: skip
        refused("takes part", PlanAcknowledgement.objects.create, **told)
        Participant.objects.create(plan=plan, name="Mia", person_id=OTHER, added_by_name="H")
        refused("takes part", PlanAcknowledgement.objects.create, **told | {"content": "c"})
        made = PlanAcknowledgement.objects.create(**told)
        mine = PlanAcknowledgement.objects.filter(pk=made.pk)
        refused("never rewritten", mine.update, wording="No.")
        refused("never rewritten", mine.delete)
        refused("permission denied", run, "TRUNCATE incentives_planacknowledgement")


class TestNames:
    def test_by_which_the_ledger_knows_plans_and_people_stand(self, plan):
        mine = IncentivePlan.objects.filter(pk=plan.pk)
        mine.update(name="Renamed")
        publish(draft(plan))
        for change in ({"key": "other"}, {"currency": "EUR"}, {"period": "year"}, {"name": "Other"}):
            refused("What a plan is, stands", mine.update, **change)
        mia = Participant.objects.filter(
            pk=Participant.objects.create(plan=plan, name="Mia", added_by_name="H").pk
        )  # fmt: skip
        refused("never rewritten", mia.update, key="p0")
        mia.update(name="Mia Li")


class TestDays:
    def test_of_one_person_do_not_overlap(self, plan):
        team = Team.objects.create(name="S01")
        mia, max = (Participant.objects.create(plan=plan, name=name, added_by_name="H") for name in ("Mia", "Max"))
        held = {"team": team, "amount": 3000}
        Assignment.objects.create(participant=mia, first=date(2026, 1, 1), last=date(2026, 3, 31), **held)
        refused(
            "pay_assignments_do_not_overlap",
            Assignment.objects.create,
            participant=mia,
            first=date(2026, 3, 31),
            **held,
        )
        Assignment.objects.create(participant=mia, first=date(2026, 4, 1), **held)
        Assignment.objects.create(participant=max, first=date(2026, 1, 1), **held)
        away = {"participant": mia, "first": date(2026, 1, 5), "last": date(2026, 1, 9)}
        Leave.objects.create(**away)
        refused("pay_leaves_do_not_overlap", Leave.objects.create, **away)
        pool = {"plan": plan, "team": team, "amount": 9, "first": date(2026, 1, 1)}
        TeamPool.objects.create(**pool)
        refused("pay_pools_do_not_overlap", TeamPool.objects.create, **pool)

    def test_a_leaver_has_a_reason(self, plan):
        made = Participant.objects.create(plan=plan, name="Mia", added_by_name="H")
        refused(
            "leaves_with_a_reason",
            Participant.objects.filter(pk=made.pk).update,
            left_on=date(2026, 1, 1),
        )


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
