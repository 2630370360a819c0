"""Who may see and change data on its pages, and who may not."""

import pytest
from django.urls import reverse

from tests.integration.datasets.browsing import post_file
from tests.integration.datasets.conftest import ORDERS

pytestmark = pytest.mark.django_db


LOOK = ["datasets:upload", "datasets:file", "datasets:rejects", "datasets:rejects_file"]
ACT = ["datasets:columns", "datasets:reading", "datasets:load", "datasets:again", "datasets:discard"]


def test_viewers_see_no_rows_and_managers_change_nothing(cleo, hana, mia, client_of, partly):
    for person in (cleo, hana):
        web = client_of(person)
        for name in LOOK + ACT:
            assert web.get(reverse(name, args=[partly.pk])).status_code == 403
        assert web.get(reverse("datasets:list")).status_code == 403
        assert web.get(reverse("datasets:new")).status_code == 403
        assert post_file(web).status_code == 403
    manager = client_of(mia)
    for name in LOOK:
        assert manager.get(reverse(name, args=[partly.pk])).status_code in (200, 302)
    for name in ACT:
        assert manager.post(reverse(name, args=[partly.pk])).status_code == 403
    assert post_file(manager).status_code == 403
    assert reverse("datasets:new") not in manager.get(reverse("datasets:list")).text


def test_what_belongs_to_another_company_is_not_there(borealis, dora, client_of, partly):
    stranger = client_of(dora, borealis)
    for name in LOOK:
        assert stranger.get(reverse(name, args=[partly.pk])).status_code == 404
    for name in ACT:
        assert stranger.post(reverse(name, args=[partly.pk]), {"mode": "append", "sheet": "x"}).status_code == 404
    assert stranger.get(reverse("datasets:detail", args=[partly.dataset_id])).status_code == 404
    answer = post_file(stranger, ORDERS.replace("A", "Z"), dataset=str(partly.dataset_id))
    assert answer.status_code == 422
    assert "orders.csv" not in stranger.get(reverse("datasets:list")).text
