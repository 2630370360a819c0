"""A dataset whose columns are said before its first file: it takes a file that brings them, and no other."""

from collections.abc import Callable

import pytest

from apps.accounts.domain.roles import Actor
from apps.audit.models import Entry
from apps.datasets import selectors
from apps.datasets import services as data
from apps.datasets.domain.columns import MappingRefused
from apps.datasets.models import Dataset, Upload
from apps.kernel.issue import Forbidden

COLUMNS = [
    {"source": "Day", "name": "day", "type": "date", "role": "time"},
    {"source": "Amount", "name": "amount", "type": "decimal", "role": "measure", "required": True},
]


@pytest.fixture
def declared(in_acme, actor: Actor) -> Dataset:
    return data.declare_dataset(actor=actor, key="sales", name="Sales", columns=COLUMNS, row_key=["day"])


def send(actor: Actor, dataset: Dataset, text: str, run_work: Callable[[], int]) -> Upload:
    sent = data.receive_upload(actor=actor, filename="s.csv", chunks=[text.encode()], dataset_id=dataset.pk)
    run_work()
    sent.refresh_from_db()
    return sent


def test_its_first_file_is_loaded_as_it_was_declared(declared, actor, run_work) -> None:
    sent = send(actor, declared, "Day,Amount,Extra\n2026-01-01,1.5,x\n", run_work)
    data.load_as_known(actor=actor, upload_id=sent.pk)
    run_work()
    declared.refresh_from_db()
    assert (declared.current_version.rows, declared.row_key) == (1, ["day"])
    assert [column.name for column in selectors.columns_of(declared)] == ["day", "amount"]
    with pytest.raises(MappingRefused) as caught:
        data.declare_dataset(actor=actor, key="sales", name="Sales", columns=COLUMNS)
    assert "There is data in it already." in str(caught.value.issues[0])


def test_a_file_without_its_columns_is_refused_until_it_replaces_everything(declared, actor, run_work) -> None:
    sent = send(actor, declared, "Day,Total\n2026-01-01,1.5\n", run_work)
    assert data.lacking_headers(sent, declared) == ["Amount"]
    columns = [COLUMNS[0], {"source": "Total", "name": "total", "type": "decimal", "role": "measure"}]
    named = {"actor": actor, "upload_id": sent.pk, "columns": columns, "dataset_id": declared.pk}
    with pytest.raises(MappingRefused) as caught:
        data.name_columns(**named)
    said = [str(issue) for issue in caught.value.issues]
    assert any("The data has a column “amount” (“Amount”)" in each for each in said), said
    data.name_columns(**named, mode="replace")
    run_work()
    declared.refresh_from_db()
    assert [column.name for column in selectors.columns_of(declared)] == ["day", "total"]


def test_while_it_is_empty_it_may_be_declared_anew_and_the_same_again_is_nothing(declared, actor) -> None:
    data.declare_dataset(actor=actor, key="sales", name="Sales", columns=COLUMNS, row_key=["day"])
    assert Entry.objects.filter(act="dataset.declared").count() == 1
    again = data.declare_dataset(actor=actor, key="sales", name="All sales", columns=COLUMNS[:1])
    assert (again.pk, again.name, len(again.columns), again.row_key) == (declared.pk, "All sales", 1, [])
    assert Entry.objects.filter(act="dataset.declared").count() == 2


def test_everything_wrong_is_said_at_once(declared, actor, mia) -> None:
    wrong = [{**COLUMNS[1], "role": "time"}, {**COLUMNS[1], "name": "D"}]
    with pytest.raises(MappingRefused) as caught:
        data.declare_dataset(actor=actor, key="Other", name="sales", columns=wrong, row_key=["nothing"])
    assert {fault.field for fault in caught.value.faults} == {"name", "key", "type", "source", "row_key"}
    with pytest.raises(Forbidden):
        data.declare_dataset(actor=mia.actor, key="other", name="Other", columns=COLUMNS)
