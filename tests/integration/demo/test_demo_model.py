"""The demo's model, moved into an empty company that gets the same files: the same values, to the last digit."""

from collections.abc import Iterator

import pytest
from django.db import connection

from apps.accounts.domain.roles import ROBOT
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.demo import services
from apps.demo.domain.story import SHOP
from apps.metrics import selectors as metrics
from apps.metrics.models import MetricValue
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.renaming import read_pairs, renamed
from apps.model.domain.writing import write_yaml
from apps.model.selectors import export_model
from apps.model.services import Options, apply_model
from apps.targets import selectors as targets
from apps.work.services import run_due
from apps.workspaces.models import Workspace
from apps.workspaces.scope import in_public, inside
from apps.workspaces.selectors import workspace_at


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker) -> Iterator[Workspace]:
    """The demo's shop, made by its own acts."""
    from tests import cast

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "COMPANIES", (SHOP,))
        services.seed(lambda line: None, patience=0)
        connection.set_schema_to_public()
        yield workspace_at(SHOP.slug)
        cast.rebuild()


def figures() -> dict[tuple, tuple]:
    """Every value of the workspace by its place."""
    rows = MetricValue.objects.values_list(
        "metric__key", "grain", "period_start", "dimension", "member", "value", "numerator", "denominator", "n", "state"
    )
    return {row[:5]: row[5:] for row in rows}


def take_files() -> None:
    """Upload the shop's files into the data sets that the model has declared."""
    for table in services.tables_of(SHOP, services.people.today()):
        dataset = datasets.dataset_by_key(table.key)
        sent = data.receive_upload(actor=ROBOT, filename=table.filename, chunks=table.chunks(), dataset_id=dataset.pk)
        _work_off()
        assert not data.lacking_headers(datasets.upload_for(sent.pk), dataset)
        data.load_as_known(actor=ROBOT, upload_id=sent.pk)
        _work_off()
        sent.refresh_from_db()
        assert (sent.status, sent.rows_rejected) == ("loaded", 0), sent.problem


def _work_off() -> None:
    while run_due():
        pass


@pytest.mark.parametrize("renames", ["", "visits.amount=turnover visits.work=job"], ids=["as it is", "renamed"])
def test_a_model_moves_with_all_its_values(shop, borealis, renames: str) -> None:
    with inside(shop):
        exported, there = write_yaml(export_model(ROBOT)), figures()
        standing = [(held.metric.key, held.standing.status, held.standing.value) for held in targets.targets()]
    with in_public(), inside(borealis):
        wanted, read = parse_yaml(exported)
        wanted = renamed(wanted, read_pairs(renames))
        apply_model(actor=ROBOT, wanted=wanted, read=read, options=Options())
        take_files()
        here = figures()
        assert len(there) > 100
        moved = {"work": "job"} if renames else {}
        assert here == {(*place[:3], moved.get(place[3], place[3]), place[4]): row for place, row in there.items()}
        assert [(held.metric.key, held.standing.status, held.standing.value) for held in targets.targets()] == standing
        assert metrics.north_star().metric.key == SHOP.north_star
        if not renames:
            assert write_yaml(export_model(ROBOT)) == exported, "and back again: the same bytes"
