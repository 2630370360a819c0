"""What the database refuses about pay, as the application's own role: SQL around every service."""

import uuid
from datetime import date
from hashlib import sha256

import pytest
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

HR, OWNER, OTHER = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
DOCUMENT = '{"name":"奖金"}'
PUBLISHED = {
    "status": "published", "approved_by": OWNER, "approved_by_name": "O", "published_at": timezone.now(),
    "content": sha256(DOCUMENT.encode()).hexdigest(), "engine": "1", "text_en": "en", "text_zh": "zh",
}  # fmt: skip
PROPOSED = {"status": "proposed", "proposed_by": HR, "proposed_by_name": "H", "proposed_at": timezone.now()}

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(in_acme) -> IncentivePlan:
    return IncentivePlan.objects.create(key="bonus", name="Bonus", currency="CNY", created_by=HR, created_by_name="H")


def draft(plan: IncentivePlan, number: int = 1, first: date = date(2026, 1, 1), **other: object) -> PlanVersion:
    given: dict = {"authors": [HR], **other}
    return PlanVersion.objects.create(
        plan=plan, number=number, effective_from=first, document=DOCUMENT, author_id=HR, author_name="H",
        changed_by_name="H", **given,
    )  # fmt: skip


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
        for author in (HR, OTHER):
            refused("pay_plan", put, version, **{**PUBLISHED, "approved_by": author})
        refused("second_person", put, version, **{**PUBLISHED, "approved_by": None})
        refused("who wrote it, stands", put, version, authors=[HR])
        put(version, **PUBLISHED)

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
    def test_stands(self, plan):
        version = publish(draft(plan))
        made = PlanAcknowledgement.objects.create(
            version=version, person_id=OTHER, person_name="Mia", content="c", text_hash="t", language="zh",
            wording="I have read it.", at=timezone.now(),
        )  # fmt: skip
        mine = PlanAcknowledgement.objects.filter(pk=made.pk)
        refused("never rewritten", mine.update, wording="No.")
        refused("never rewritten", mine.delete)
        refused("permission denied", run, "TRUNCATE incentives_planacknowledgement")


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
