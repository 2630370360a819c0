"""Many targets at once: by the grid, and by a workbook that is edited outside. All of it, or nothing."""

import io
from datetime import date
from decimal import Decimal

import pytest
import python_calamine
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.kernel.period import Grain
from apps.targets import selectors, services
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.models import Target, TargetSheet
from apps.targets.views import grid
from tests.integration.targets.test_targets_pages import words

TIME = {"grain": Grain.MONTH, "start": date(2026, 1, 1), "due": date(2026, 12, 31)}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def two(typed_metric, actor) -> list[Target]:
    """A level of one metric, and a limit of another."""
    arpu, cost = typed_metric("arpu", [4200, 4300]), typed_metric("cost", [90, 95], direction="down")
    return [
        services.set_target(actor=actor, metric_id=arpu.id, baseline=Decimal(4200), goal=Decimal(5500), **TIME),
        services.set_target(actor=actor, metric_id=cost.id, kind=Kind.BELOW, goal=Decimal(100), **TIME),
    ]


def test_the_grid_saves_what_was_changed_together_with_one_reason(two, ada, client_of) -> None:
    client, url, (arpu, cost) = client_of(ada), reverse("targets:grid"), two
    assert f'name="{arpu.pk}:goal" value="5500"' in client.get(url).content.decode()
    cells = {f"{arpu.pk}:goal": "6,000", f"{cost.pk}:goal": "97.5", f"{cost.pk}:review_on": "2026-09-01"}
    assert client.post(url, {**cells, "reason": "new plan"}).status_code == 302
    now = {row.metric.key: row for row in selectors.in_force().select_related("metric")}
    assert (now["arpu"].goal, now["arpu"].baseline, now["arpu"].replaces) == (6000, 4200, arpu)
    assert (now["cost"].goal, now["cost"].review_on, now["cost"].reason) == (
        Decimal("97.5"),
        date(2026, 9, 1),
        "new plan",
    )


def test_a_grid_of_many_is_cut_into_pages_that_are_saved_one_by_one(two, ada, client_of, monkeypatch) -> None:
    assert grid.PER_PAGE * len(grid.COLUMNS) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS / 2
    monkeypatch.setattr(grid, "PER_PAGE", 1)
    client, url, (arpu, cost) = client_of(ada), reverse("targets:grid"), two
    first, second = client.get(url).text, client.get(f"{url}?page=2").text
    assert (str(arpu.pk) in first, str(cost.pk) in first) == (True, False)
    assert (str(arpu.pk) in second, str(cost.pk) in second) == (False, True)
    assert f'data-grid="{url}?page=2"' in second, "what is typed is kept for each page"
    answer = client.post(f"{url}?page=2", {f"{cost.pk}:goal": "77", "reason": "Cheaper"})
    assert answer["Location"] == f"{url}?page=2"
    assert Target.objects.get(replaces=cost).goal == 77
    late = client.post(f"{url}?page=2", {f"{arpu.pk}:goal": "5,600", "reason": "It stood on the second page before"})
    assert late.status_code == 302
    assert Target.objects.get(replaces=arpu).goal == 5600


def test_every_cell_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(two, ada, client_of) -> None:
    client, url, (arpu, cost) = client_of(ada), reverse("targets:grid"), two
    cells = {f"{arpu.pk}:goal": "4,200", f"{arpu.pk}:due": "someday", f"{cost.pk}:goal": "ten"}
    refused = client.post(url, {**cells, "reason": "typed why"})
    shown = refused.content.decode()
    assert refused.status_code == 422
    for typed in ("4,200", "someday", "ten", "typed why"):
        assert f'value="{typed}"' in shown
    assert "“ten” is not a number" in words(refused)
    assert "Write a day such as 2026-06-30." in words(refused)
    mended = client.post(url, {**cells, f"{arpu.pk}:due": "2026-12-31", f"{cost.pk}:goal": "99", "reason": ""})
    assert "From and to are equal" in words(mended)  # start = target
    assert "Say in a few words why it changes" in words(mended)
    assert Target.objects.count() == 2  # all, or nothing


def test_what_was_typed_for_a_target_that_somebody_replaced_is_told(two, ada, ben, client_of) -> None:
    arpu = two[0]
    services.set_target(
        actor=ben.actor, metric_id=arpu.metric_id, baseline=Decimal(4200), goal=Decimal(5600), reason="Ben", **TIME
    )
    late = client_of(ada).post(reverse("targets:grid"), {f"{arpu.pk}:goal": "7,777", "reason": "late"})
    assert late.status_code == 409
    assert "7,777" in words(late)
    assert selectors.target_for("arpu", Grain.MONTH).goal == 5600


def rows_of(content: bytes) -> list[list[object]]:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def book_of(rows: list[list[object]], formulas: dict[str, str] | None = None) -> SimpleUploadedFile:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    page = book.add_worksheet("Targets")
    for at, cells in enumerate(rows):
        page.write_row(at, 0, cells)
    for cell, formula in (formulas or {}).items():
        page.write_formula(cell, formula, None, 6000)
    book.close()
    return SimpleUploadedFile("targets.xlsx", file.getvalue(), XLSX)


def handed_in(client, run_work, file: SimpleUploadedFile) -> str:
    """The page of a sheet that was handed in and read."""
    sent = client.post(reverse("targets:workbook"), {"file": file})
    assert sent.status_code == 302
    assert "is being read" in words(client.get(sent.headers["Location"]))
    run_work()
    return sent.headers["Location"]


def test_a_workbook_goes_out_is_edited_and_comes_back_change_by_change(two, ada, client_of, run_work) -> None:
    client = client_of(ada)
    header, *rows = rows_of(client.get(reverse("targets:workbook_file")).content)
    untouched = handed_in(client, run_work, book_of([header, *rows]))
    assert "Nothing would change." in words(client.get(untouched))
    at = {name: place for place, name in enumerate(header)}
    rows[0][at["goal"]], rows[0][at["reason"]] = 6000, "new plan"
    rows.append(["" for _name in header])
    for name, value in {"metric": "arpu", "grain": "quarter", "kind": "above", "goal": 5000, "start": "2026-01-01",
                        "due": "2026-12-31"}.items():  # fmt: skip
        rows[-1][at[name]] = value
    url = handed_in(client, run_work, book_of([header, *rows]))
    shown = client.get(url)
    assert "before ¥5,500 → after ¥6,000" in words(shown)
    assert "≥ ¥5,000" in words(shown)
    assert "One row changes nothing." in words(shown)
    assert selectors.target_for("arpu", Grain.MONTH).goal == 5500  # shown, not done
    stamp = shown.context["found"].stamp
    assert client.post(url, {"stamp": "old"}).status_code == 409
    assert client.post(url, {"stamp": stamp}).status_code == 302
    assert selectors.target_for("arpu", Grain.MONTH).goal == 6000
    assert selectors.target_for("arpu", Grain.QUARTER).kind == Kind.ABOVE
    assert client.post(url, {"stamp": stamp}).status_code == 409  # once


def test_milestones_travel_in_one_cell_and_stay_where_a_sheet_has_no_column_for_them(
    two, ada, client_of, run_work
) -> None:
    client, (arpu, _cost) = client_of(ada), two
    agreed = ((date(2026, 3, 31), Decimal(4500)), (date(2026, 9, 30), Decimal(5200)))
    services.set_target(
        actor=ada.actor, metric_id=arpu.metric_id, baseline=Decimal(4200), goal=Decimal(5500), reason="in steps",
        pace=Shape.MILESTONES, milestones=agreed, **TIME,
    )  # fmt: skip
    header, *rows = rows_of(client.get(reverse("targets:workbook_file")).content)
    at = {name: place for place, name in enumerate(header)}
    row = next(row for row in rows if row[at["metric"]] == "arpu")
    assert row[at["milestones"]] == "2026-03-31 4500; 2026-09-30 5200"
    assert "Nothing would change." in words(client.get(handed_in(client, run_work, book_of([header, row]))))
    without = [
        [cell for name, cell in zip(header, line, strict=True) if name != "milestones"] for line in (header, row)
    ]
    without[1][without[0].index("goal")], without[1][without[0].index("reason")] = 5600, "more"
    shown = client.get(handed_in(client, run_work, book_of(without)))
    assert [row.wish.milestones for row, _former in shown.context["found"].rows] == [agreed]
    row[at["milestones"]] = "2026-03-31 4600; someday 5"
    assert "“someday 5” is no milestone" in words(client.get(handed_in(client, run_work, book_of([header, row]))))
    row[at["milestones"]], row[at["reason"]] = "2026/03/31 4,600", "less steep"
    url = handed_in(client, run_work, book_of([header, row]))
    assert client.post(url, {"stamp": client.get(url).context["found"].stamp}).status_code == 302
    assert selectors.target_for("arpu", Grain.MONTH).milestones == [["2026-03-31", "4600"]]


def test_formulas_extra_columns_and_unknown_members_are_errors_with_row_and_column(
    two, ada, client_of, run_work
) -> None:
    client = client_of(ada)
    extra = handed_in(
        client, run_work, book_of([["metric", "grain", "start", "due", "wish"], ["arpu", "month", "", "", "x"]])
    )
    assert "Row 1, column wish : There is no column “wish”." in words(client.get(extra))
    header = ["metric", "grain", "dimension", "member", "team", "baseline", "goal", "start", "due", "reason"]
    rows = [
        ["arpu", "month", "", "", "", 4200, 6000, "2026-01-01", "2026-12-31", "x"],
        ["arpu", "month", "store", "Atlantis", "", 1, 2, "2026-01-01", "2026-12-31", "x"],
        ["nothing", "week", "", "", "Nobody", 1, "2 or 3", "2026-01-01", "soon", "x"],
    ]
    url = handed_in(client, run_work, book_of([header, *rows], {"G2": "=1+1"}))
    shown = words(client.get(url))
    for place in (
        "Row 2, column goal : A formula stands here.", "Row 3, column dimension : This metric is not split",
        "Row 4, column goal : “2 or 3” is not a number.", "Row 4, column due : “soon” is not a day.",
    ):  # fmt: skip
        assert place in shown
    assert "3 cells have to be mended" not in shown
    assert selectors.target_for("arpu", Grain.MONTH).goal == 5500
    assert client.post(url, {"stamp": client.get(url).context["found"].stamp}).status_code == 422


def test_what_is_no_workbook_is_refused_in_words_and_belongs_to_who_handed_it_in(
    two, ada, ben, client_of, run_work
) -> None:
    client = client_of(ada)
    nothing = client.post(reverse("targets:workbook"), {})
    assert (nothing.status_code, "Choose a file." in words(nothing)) == (422, True)
    url = handed_in(client, run_work, SimpleUploadedFile("targets.xlsx", b"PK\x03\x04 broken", XLSX))
    assert "The file cannot be read" in words(client.get(url))
    assert client_of(ben).get(url).status_code in (403, 404)
    assert not TargetSheet.objects.exclude(content=None).exists()  # kept no longer than it takes to read
