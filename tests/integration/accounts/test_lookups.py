"""What each request asks is read by a query that is made once: rows as Django reads them, and what is over is over."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Upper
from django.forms import model_to_dict
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.sessions import SessionStore
from apps.common.lookup import Listing, Lookup


def test_a_person_is_the_one_that_django_reads(in_acme, ada, mia, django_assert_num_queries) -> None:
    lookup = Lookup(lambda pk: User.objects.filter(pk=pk))
    for person in (ada, mia):
        with django_assert_num_queries(1):
            found = lookup(person.pk)
        assert model_to_dict(found) == model_to_dict(User.objects.get(pk=person.pk))
        assert (found.roles, found.joined_at, found._state.adding) == (person.roles, person.joined_at, False)
    assert lookup(uuid4()) is None
    with pytest.raises(TypeError, match="One value is asked for"):
        Lookup(lambda pk: User.objects.filter(pk=pk, is_active=True, name="x"))(ada.pk)


def test_a_list_is_the_one_that_django_reads(in_acme, ada, mia, django_assert_num_queries) -> None:
    def people() -> QuerySet:
        named = User.objects.filter(pk__in=[ada.pk, mia.pk]).order_by("name")
        return named.values_list("pk", "roles", "joined_at", Upper("name"))

    listing = Listing(people)
    for _time in range(2):
        with django_assert_num_queries(1):
            found = listing()
        assert found == list(people())
    assert [type(cell) for cell in found[0]] == [UUID, list, datetime, str]
    User.objects.filter(pk=mia.pk).update(name="Aaron")
    assert [row[0] for row in listing()] == [mia.pk, ada.pk]


def test_a_session_is_there_until_it_is_over_or_ended(in_acme) -> None:
    session = SessionStore()
    session["word"] = "kept"
    session.save()
    assert SessionStore(session.session_key)["word"] == "kept"
    session.set_expiry(timezone.now() - timedelta(seconds=1))
    session.save()
    over = SessionStore(session.session_key)
    assert (over.get("word"), over.session_key) == (None, None)
    session.delete()
    assert SessionStore("a-key-of-nobody").get("word") is None
