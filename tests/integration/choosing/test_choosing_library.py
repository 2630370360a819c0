"""Every template of the library, mapped onto files as companies write them, applied, and computed."""

import pytest

from apps.choosing import services
from apps.choosing.domain import mapping
from apps.choosing.domain.library import library
from apps.choosing.models import Adoption
from apps.metrics import selectors as metrics
from apps.metrics.models import Metric
from tests.integration.choosing.rows import columns_of, row_key_of, rows_of

LATE = {"family_car_retention": "first_service", "storage_first_week": ""}


@pytest.fixture
def loaded(upload, today):
    """`loaded(template)`: the company's data for a template, uploaded and loaded."""

    def load(template) -> None:
        for data in template.front.data:
            upload(
                f"our_{data}",
                rows_of(template, data),
                columns_of(template, data),
                row_key_of(template, data),
                compute=True,
            )

    return load


@pytest.mark.parametrize("key", list(library()))
def test_it_is_mapped_applied_and_computed(key, loaded, actor, run_work) -> None:
    template = library()[key]
    loaded(template)
    chosen = mapping.propose(template, metrics.known().datasets)
    assert chosen.data == {data: f"our_{data}" for data in template.front.data}
    wanted = {(data, name): f"our_{name}" for data, needed in template.front.data.items() for name in needed.columns}
    assert dict(chosen.columns) == wanted

    preview = services.plan_adoption(actor=actor, template=template, chosen=chosen, with_star=True)
    assert not preview.made.dropped
    assert not Metric.objects.exists()
    services.adopt(actor=actor, template=template, chosen=chosen, with_star=True, fingerprint=preview.plan.fingerprint)
    run_work()
    star, root = metrics.north_star(), metrics.tree()
    assert (star.metric.key, root.metric.key) == (preview.made.root, preview.made.root)
    assert {node.key for node in root.walk()} == {root.key, *(row.metric for _, row in template.walk())}
    assert not [node.key for node in root.walk() if node.stale]
    without = []
    for view in metrics.metrics():
        points = metrics.series(view, view.grains[0]).points
        if not any(point.value is not None for point in points):
            without.append(view.key)
    assert not without
    again = services.plan_adoption(actor=actor, template=template, chosen=chosen, with_star=True)
    assert again.plan.is_empty
    assert Adoption.objects.get().made == sorted(template.model.metrics)
