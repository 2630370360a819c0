"""A company changes how it counts, from inside its workspace."""

import pytest
from django.db import connection

from apps.kernel.issue import Forbidden, Refusal
from apps.workspaces import services
from apps.workspaces.domain.company import Calendar
from apps.workspaces.models import Workspace
from apps.workspaces.scope import in_public

pytestmark = pytest.mark.django_db
TOKYO = Calendar(time_zone="Asia/Tokyo", currency="JPY", fiscal_year_start=4, week_start=7)


def test_settings_are_changed_and_told(in_acme, actor, borealis):
    change = services.update_settings(actor=actor, name="  Acme   Motors ", language="zh-hans", calendar=TOKYO)
    assert change.before["name"] == "Acme"
    assert change.after == {
        "name": "Acme Motors", "language": "zh-hans", "time_zone": "Asia/Tokyo", "currency": "JPY",
        "fiscal_year_start": 4, "week_start": 7,
    }  # fmt: skip
    assert change.calendar_changed
    assert connection.schema_name == in_acme.schema_name
    assert in_acme.calendar.fiscal_year_start == 4, "the workspace that is entered knows at once"
    with in_public():
        row = Workspace.objects.get(pk=in_acme.pk)
        assert services.settings_of(row) == change.after
        assert Workspace.objects.get(pk=borealis.pk).name == "Borealis"


def test_a_new_name_does_not_change_the_calendar(in_acme, actor):
    same = Calendar(in_acme.time_zone, in_acme.currency, in_acme.fiscal_year_start, in_acme.week_start)
    assert not services.update_settings(actor=actor, name="Acme Two", language="en", calendar=same).calendar_changed


@pytest.mark.parametrize("person", ["ben", "mia", "cleo", "hana", "max"])
def test_only_owners_and_administrators_may(in_acme, person, request):
    user = request.getfixturevalue(person)
    with pytest.raises(Forbidden):
        services.update_settings(actor=user.actor, name="X", language="en", calendar=TOKYO)


def test_everything_wrong_is_said_at_once(in_acme, actor):
    bad = Calendar(time_zone="Moon/Base", currency="yen", fiscal_year_start=0, week_start=9)
    with pytest.raises(Refusal) as refused:
        services.update_settings(actor=actor, name=" ", language="tlh", calendar=bad)
    assert {issue.where for issue in refused.value.issues} == {
        "name", "language", "time_zone", "currency", "fiscal_year_start", "week_start",
    }  # fmt: skip
