"""Every page of goals and targets asks the database as often for many rows as for few."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.common import shelf
from apps.workspaces.scope import in_public, inside
from tests.bench.goals import PAGES
from tests.bench.goals_company import Size, furnish

FEW = Size(people=30, regions=2, shops=7, targets=10, stores=3, actions=10, company=2, each_team=1, own=8)
MANY = Size(people=200, regions=4, shops=66, targets=60, stores=30, actions=100, company=20, each_team=1, own=30)


@pytest.fixture
def asked(acme, borealis, client_of):
    """`asked(path)`: how many queries a page asks in the small company and in the large one, made anew."""
    doors = []
    for workspace, size in ((acme, FEW), (borealis, MANY)):
        with in_public(), inside(workspace):
            owner = next(user for user in get_user_model().objects.all() if "owner" in user.roles)
            doors.append((client_of(owner), furnish(owner, size)))

    def count(path: str) -> list[int]:
        found = []
        for client, ids in doors:
            client.get(path.format(**ids))
            cache.clear()
            shelf.forget_here()
            with CaptureQueriesContext(connection) as said:
                assert client.get(path.format(**ids)).status_code == 200, path
            found.append(len(said))
        return found

    return count


def test_pages_ask_no_more_for_ten_times_the_rows(asked) -> None:
    counts = {name: asked(path) for name, path in PAGES.items()}
    assert {name: few_many for name, few_many in counts.items() if few_many[0] < few_many[1]} == {}
