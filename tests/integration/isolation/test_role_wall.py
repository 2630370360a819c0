"""What the database itself refuses, whatever the code above it does."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from apps.workspaces.scope import inside

pytestmark = pytest.mark.django_db


def test_cast_is_here(in_acme, ada, borealis, dora):
    assert get_user_model().objects.count() == 7
    assert ada.email == "ada@acme.test"
    with inside(borealis):
        assert [user.email for user in get_user_model().objects.all()] == ["dora@borealis.test"]
        assert connection.schema_name == borealis.schema_name
