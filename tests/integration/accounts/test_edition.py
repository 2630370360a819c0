"""The word under which finished pages are kept changes with everything they show of people and teams, whoever wrote."""

import threading

import pytest
from django.contrib.auth.models import update_last_login
from django.db import connection, connections, models, transaction
from django.db.models import F

from apps.accounts.models import Edition, Membership, Team, User
from apps.accounts.selectors import edition
from apps.workspaces.scope import inside

NOT_SHOWN = {"password", "last_login", "language", "theme", "is_staff", "joined_at"}
"""Of people. What else they have is on pages: whoever adds a column decides, and the trigger names it."""


@pytest.mark.parametrize("model", [User, Team, Membership])
def test_any_column_on_pages_changes_the_word_also_past_every_service(acme, model: type[models.Model]) -> None:
    silent = set()
    with inside(acme):
        for field in model._meta.concrete_fields:
            before = edition()
            model.objects.update(**{field.name: F(field.attname)})
            if edition() == before:
                silent.add(field.name)
    assert silent == (NOT_SHOWN if model is User else set())


def test_who_comes_and_goes_changes_the_word(acme, mia, ben) -> None:
    with inside(acme):
        words = [edition()]
        for act in (
            lambda: User.objects.bulk_create([User(email="new@acme.test", name="New")]),
            lambda: Team.objects.bulk_create([Team(name="East", lead=mia)]),
            lambda: Membership.objects.create(team=Team.objects.get(name="East"), user=ben, start="2026-01-01"),
            lambda: Membership.objects.all().delete(),
            lambda: Team.objects.filter(name="East").delete(),
            lambda: User.objects.filter(email="new@acme.test")._raw_delete(connection.alias),
        ):
            act()
            words.append(edition())
        assert len(set(words)) == len(words)
        assert Edition.objects.count() == 1


def test_who_signs_in_changes_nothing_and_neither_does_what_was_undone(acme, mia) -> None:
    with inside(acme):
        before = edition()
        update_last_login(None, mia)
        assert edition() == before
        with transaction.atomic():
            User.objects.filter(pk=mia.pk).update(name="Mia Miller")
            assert edition() != before
            transaction.set_rollback(True)
        assert edition() == before


def test_it_is_one_query(acme, django_assert_num_queries) -> None:
    with inside(acme), django_assert_num_queries(1):
        edition()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_once_neither_waits_and_both_are_told(acme, mia) -> None:
    """Whoever reads between the two commits finds a word of its own for what is there by then."""
    done: list[str] = []

    def second() -> None:
        try:
            with inside(acme):
                Team.objects.create(name="West")
                done.append(edition())
        finally:
            connections.close_all()

    with inside(acme):
        before = edition()
        with transaction.atomic():
            User.objects.filter(pk=mia.pk).update(name="Mia Miller")
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(timeout=30)
            assert len(done) == 1, "the second waits for the first"
            between = edition()
        after = edition()
        Team.objects.create(name="South")
        assert Edition.objects.count() == 1
        assert len({before, *done, after, edition()}) == 4
    assert between not in (before, *done)
