"""The page that says what moved a metric: choices, figures that add up as they are read, files, and ways out."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.drivers.selectors import telling
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.targets.services import set_target
from tests.integration.drivers.conftest import JUNE, MAY

QUERIES, KEPT_QUERIES = 16, 5
"""What a page costs whatever the size of the tree, and where nothing has changed since it was made."""

NUMBER = re.compile(r"[+−±]?[¥]?\d[\d,]*(?:\.\d+)?%?")


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode().replace("\u2060", "")))


def main(response) -> str:
    return re.search(r"<main.*</main>", response.content.decode(), re.S)[0]


@pytest.fixture
def why(shop, ben, client_of):
    """`why("arpu", against="target")`: the page as an analyst reads it."""
    client = client_of(ben)

    def get(key: str = "arpu", **asked: str):
        return client.get(reverse("drivers:detail", args=[key]) if key else reverse("drivers:star"), asked)

    return get


def test_the_north_star_by_default_with_its_bridge(why) -> None:
    seen = words(why(""))
    assert "What moved Revenue per customer" in seen
    assert "Visits per customer accounts for +¥2,067 (2.5 → 3.8); Spend per visit for −¥63 (¥1,600 → ¥1,580)." in seen
    assert "influences it; carries no share" in seen
    assert '"▲ +¥2,067"' in why("").content.decode().replace("\\u25b2", "▲").replace("\\u00a5", "¥")


def test_the_number_of_queries_is_fixed(why, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(QUERIES):
        why()
    with django_assert_max_num_queries(KEPT_QUERIES):
        why()


def test_figures_of_both_texts_are_those_of_the_page(why, shop, ben) -> None:
    """Whatever number the paragraph says, in either language, stands in the tables of the page, too."""
    shown = set(NUMBER.findall(words(why()).split("What each part accounts for", 1)[1]))
    bare = {each.lstrip("+−±") for each in shown}
    for language in ("en", "zh-hans"):
        told = telling(shop, grain=Grain.MONTH, language=language)
        text = told.paragraph.replace("2026年6月", "").replace("2026年5月", "").replace("2026", "")
        said = NUMBER.findall(text)
        assert len(said) >= 8
        assert {each.lstrip("+−±") for each in said} <= bare, told.paragraph
    assert "占 +¥2,067" in told.paragraph


def test_a_store_against_another_and_turned_round(why) -> None:
    seen = words(why(against="peer", of="store:rival", peer="store:own"))
    assert "Revenue per customer (rival) was ¥6,004 in Jun 2026, +¥2,004 against own (¥4,000)." in seen
    turned = words(why(against="peer", of="store:own", peer="store:rival"))
    assert "−¥2,067" in turned
    assert "choose two that differ" in words(why(against="peer", of="store:own", peer="store:own"))


def test_peers_are_chosen_where_nobody_was_named(why) -> None:
    assert "against rival" in words(why(against="peer"))


def test_a_target_is_asked_for_where_there_is_none(why, ada, client_of, run_work) -> None:
    seen = why(against="target")
    assert "No target to compare with" in words(seen)

    def aim(key: str, baseline: str, goal: str) -> None:
        set_target(
            actor=ada.actor, metric_id=metrics.metric_for(key).id, grain=Grain.MONTH, baseline=Decimal(baseline),
            goal=Decimal(goal), start=JUNE, due=date(2026, 7, 31),
        )  # fmt: skip

    aim("arpu", "4000", "6000")
    assert "Without one: Visits per customer, Spend per visit" in words(why(against="target"))
    aim("visits", "2.5", "3.5")
    aim("spend", "1600", "1640")
    seen = words(why(against="target"))
    assert "+¥1,004 against the ¥5,000 due by then" in seen
    assert "Beside the formula for −¥140" in seen
    assert "more than 0.5% away" in seen
    assert "with ¥5,000 due now" in seen


def test_another_method_is_named_where_it_says_something_else(why) -> None:
    assert "+¥2,080" in words(why(way="sequential"))
    assert "+¥2,066" in words(why(way="lmdi"))
    assert "differ by more than 5%" not in words(why())


def test_drilling_down_and_back(why) -> None:
    body = main(why())
    link = re.search(r'href="(/drivers/visits/[^"]+)"', body)[1]
    assert "via=arpu" in link
    seen = why("visits", grain="month", via="arpu")
    assert "Revenue per customer" in words(seen)
    assert "no other metric" in words(seen) or "By member" in words(seen)


def test_members_that_do_not_add_up_say_so(why) -> None:
    assert "There are no members with values in both periods" not in words(why("mood"))
    seen = words(why("visits"))
    assert "do not add up" in seen


def test_members_of_a_sum(why, typed, run_work, ada) -> None:
    both = {MAY: 10, JUNE: 16}
    typed("sales", {MAY: 30, JUNE: 41}, north={MAY: 10, JUNE: 16}, south={MAY: 20, JUNE: 18}, east={JUNE: 7})
    run_work()
    seen = words(why("sales"))
    assert both
    assert re.search(r"east new .*? \+7\.0", seen), seen
    assert re.search(r"Together 30\.0 41\.0 .*?\+11\.0", seen)


def test_bad_addresses_are_told_what_is_wrong(why) -> None:
    assert why("nothing").status_code == 404
    assert why(period="2026-13").status_code == 404
    assert why(against="magic", way="magic", grain="century", of="store:nobody", via="x.y").status_code == 200
    running = words(why(period="2099-01"))
    assert "still running" in running


def test_files_hold_the_same_bridge_as_numbers(shop, ben, client_of) -> None:
    client = client_of(ben)
    url = reverse("drivers:export", args=["arpu"])
    answer = client.get(url)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][1:6] == ["Revenue per customer", "arpu", "4000", "6004", "2004"]
    assert sum(Decimal(row[5]) for row in rows[2:] if row[0] == "1") == 2004
    sheet = client.get(url, {"format": "xlsx"})
    assert sheet.content[:2] == b"PK"


def test_nothing_to_tell_yet(in_acme, ada, client_of) -> None:
    assert "Choose it" in words(client_of(ada).get(reverse("drivers:star")))


def test_a_metric_without_values_says_what_it_takes(typed, defined, ada, client_of, in_acme) -> None:
    defined("later", "manual")
    assert "Nothing to compare yet" in words(client_of(ada).get(reverse("drivers:detail", args=["later"])))


def test_the_paragraph_alone_for_the_page_of_a_metric(shop, ben, client_of) -> None:
    """What the page of a metric asks for is what the page of its drivers says; nothing where nothing can be told."""
    client = client_of(ben)
    page = client.get(reverse("metrics:detail", args=["arpu"])).content.decode()
    asked = re.search(r'hx-get="([^"]*telling/[^"]*)"', page)[1].replace("&amp;", "&")
    piece = client.get(asked)
    said = telling(metrics.metric_for("arpu"), grain=Grain.MONTH)
    assert said.paragraph in piece.content.decode().replace("\u2060", "").replace("&#x27;", "'")
    assert reverse("drivers:detail", args=["arpu"]) in piece.content.decode()
    first = client.get(reverse("drivers:telling", args=["arpu"]), {"grain": "month", "period": "2019-01"})
    assert (first.status_code, first.content) == (200, b"")
    assert client.get(reverse("drivers:telling", args=["arpu"]), {"period": "soon"}).status_code == 404
