"""The demo, made once through the real acts, files and engine: what its pages show is what the story says."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from apps.datasets import selectors as datasets
from apps.demo import services
from apps.demo.domain import story
from apps.drivers import selectors as drivers
from apps.evidence import selectors as evidence
from apps.goals import selectors as goals
from apps.goals.domain.progress import Kind
from apps.goals.selectors import cycles, objectives
from apps.goals.selectors.people import reader
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.domain.drivers import Branch, decompose
from apps.metrics.domain.formula import inputs, parse
from apps.metrics.domain.scoring import metrics_of, score
from apps.metrics.domain.scoring_drivers import ScoreEnd, score_change
from apps.scenarios import selectors as scenarios
from apps.targets import selectors as targets
from apps.targets.domain.kinds import Rule
from apps.targets.services import Asked, preview_cascade
from apps.work.services import run_due
from apps.workspaces.scope import inside
from apps.workspaces.selectors import workspace_at
from tests.integration.demo.paid_year import check_the_year


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker) -> Iterator[dict]:
    """All companies, made once for this module, by workers' work done here, then taken back."""
    from tests import cast

    with django_db_blocker.unblock():
        said: list[str] = []
        started = time.monotonic()
        services.seed(said.append, patience=0)
        seconds = time.monotonic() - started
        for company in story.COMPANIES:  # what goes on behind people's backs: forecasts
            with inside(workspace_at(company.slug)):
                while run_due():
                    pass
        connection.set_schema_to_public()
        yield {"said": said, "seconds": seconds}
        cast.rebuild()


@pytest.fixture
def entered(demo, db) -> Iterator[Callable]:
    """`entered(slug)`: the workspace of a company, entered until the test ends."""
    scopes = []

    def enter(slug: str):
        workspace = workspace_at(slug)
        scopes.append(inside(workspace))
        return scopes[-1].__enter__()

    yield enter
    for scope in reversed(scopes):
        scope.__exit__(None, None, None)


@pytest.fixture
def group(entered):
    return entered("hengtong")


@pytest.fixture
def shop(entered):
    return entered("hengtong-shop")


@pytest.fixture
def holding(entered):
    return entered("hengtong-holding")


def last_month(workspace) -> date:
    """First day of the last month that is over."""
    today = services.people.today()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def value(key: str, grain: Grain, back: int = 0) -> metrics.Point:
    """The newest value of an ended period, or the one `back` periods before it."""
    points = [point for point in metrics.series(key, grain).points if not point.is_open]
    return points[-1 - back]


def test_a_year_of_pay_and_the_way_from_each_line_to_its_rows(group) -> None:
    check_the_year()


def test_the_directors_group(group) -> None:
    """4,200 = 2.8 x 1,500, six months later 4,800 = 3.0 x 1,600, of 15,000 customers: 9,000,000 a year more."""
    before, now = value("arpu", Grain.MONTH, 6), value("arpu", Grain.MONTH)
    assert now.period.start == last_month(group)
    assert (before.value, before.numerator, before.denominator) == (4200, 63_000_000, 15_000)
    assert (now.value, now.numerator, now.denominator, now.state) == (4800, 72_000_000, 15_000, "final")
    assert (value("visits_per_customer", Grain.MONTH, 6).value, value("spend_per_visit", Grain.MONTH, 6).value) == (
        Decimal("2.8"), 1500,
    )  # fmt: skip
    assert (value("visits_per_customer", Grain.MONTH).value, value("spend_per_visit", Grain.MONTH).value) == (3, 1600)
    assert (now.value - before.value) * now.denominator == 9_000_000
    assert value("customers_in_care", Grain.MONTH).value == 15_000
    assert value("app_mau", Grain.MONTH).value == 8_000


def test_its_target_is_the_directors(group) -> None:
    standing = targets.standings([metrics.metric_for("arpu").id], Grain.MONTH)
    held = standing[metrics.metric_for("arpu").id]
    assert (held.course.baseline, held.course.goal, len(held.course.periods)) == (4200, 5500, 12)
    assert round(held.standing.progress * 100, 1) == Decimal("46.2")
    assert (held.standing.elapsed, held.standing.expected, held.standing.status) == (Decimal("0.5"), 4850, "warn")
    mau = targets.standings([metrics.metric_for("app_mau").id], Grain.MONTH)[metrics.metric_for("app_mau").id]
    assert (mau.course.baseline, mau.course.goal, mau.standing.status) == (8000, 10_000, "none")
    assert mau.course.last.end.month in (1, 4, 7, 10)


def test_a_company_target_cascaded_to_six_stores_and_thirty_teams_adds_up_to_the_last_unit(group) -> None:
    visits = metrics.metric_for("visits")
    whole = targets.target_for(visits.id, Grain.MONTH)
    tree = targets.split_of(whole)
    levels = {depth: [each for at, each in tree.walk() if at == depth] for depth in range(3)}
    assert [len(levels[depth]) for depth in range(3)] == [1, 6, 30]
    assert whole.goal > 0
    assert sum(store.target.goal for store in levels[1]) == whole.goal
    for store in levels[1]:
        assert sum(team.target.goal for team in store.parts) == store.target.goal
        assert all(team.target.goal == team.target.goal.to_integral_value() > 0 for team in store.parts)
    assert sum(team.target.goal for team in levels[2]) == whole.goal
    higher = Asked(Rule.LAST_YEAR, "store", whole.goal + 7, chosen=frozenset(f"store:{s.name}" for s in levels[1]))
    shown = preview_cascade(whole.pk, higher)  # changing the top shows who changes, from what to what
    now = {str(each.target.pk): each.target.goal for _depth, each in tree.walk()}
    assert sum(line.after - line.before for line in shown.changed if line.depth == 1) == 7
    assert sum(line.after - line.before for line in shown.changed if line.depth == 2) == 7
    assert {line.name for line in shown.changed} < {each.name for _depth, each in tree.walk()}
    assert now == {str(each.target.pk): each.target.goal for _depth, each in targets.split_of(whole).walk()}


def test_its_tree_is_a_product(group) -> None:
    root = metrics.tree(Grain.MONTH)
    assert (root.key, root.shape) == ("arpu", "×")
    factors = [child for child in root.children if child.link == "formula"]
    assert [(child.key, child.operator, child.stale) for child in factors] == [
        ("visits_per_customer", "", False), ("spend_per_visit", "×", False),
    ]  # fmt: skip
    assert factors[0].latest.value * factors[1].latest.value == root.latest.value
    assert all(node.latest for node in root.walk())


def test_something_is_done_about_it(group) -> None:
    found = goals.every_initiative()
    assert {each.stand for each in found} == {"done", "running", "planned"}
    assert {each.owner_name for each in found} == {"张伟", "陈宇", "王强", "李娜"}
    assert any(each.target_id for each in found)
    assert {(each.key_result_id is not None, each.metric_id is not None) for each in found} == {
        (True, True), (True, False), (False, True),
    }  # fmt: skip
    assert all(each.result for each in found if each.stand == "done")


def test_its_goals_are_a_year_a_quarter_that_was_closed_and_one_that_runs(group) -> None:
    now, last = (cycle for cycle in cycles.cycles() if cycle.kind == "quarter")
    year = next(cycle for cycle in cycles.cycles() if cycle.kind == "year")
    assert [cycles.stand_of(each) for each in (year, now, last)] == ["running", "running", "closed"]
    owner, wangqiang = _reader("wangheng"), _reader("wangqiang")
    shown = {
        cycle.pk: list(objectives.with_key_results(objectives.for_cycle(owner, cycle.pk)))
        for cycle in (year, now, last)
    }  # fmt: skip
    rows = [row for each in shown.values() for objective in each for row in objective.live]
    assert {row.kind for row in rows} == set(Kind), "key results of every kind"
    assert {"arpu", "app_mau"} <= {row.metric.key for row in rows if row.metric_id}
    assert any(row.target_id for row in rows)
    assert all(each.parent_id for each in shown[now.pk] if each.carried_from_id is None and not each.private)
    assert {each.kind for each in shown[now.pk]} == {"committed", "aspirational"}
    assert all(each.score_judged is not None and each.score_reason for each in shown[last.pk])
    private = {each.pk for each in objectives.for_cycle(_reader("zhangwei"), now.pk) if each.private}
    assert private
    assert not private & {each.pk for reader in (owner, wangqiang) for each in objectives.for_cycle(reader, now.pk)}


def _reader(mailbox: str):
    return reader(get_user_model().objects.get(email=f"{mailbox}@{story.GROUP.domain}").actor)


@pytest.mark.parametrize("dimension", ["region", "store"])
def test_parts_add_up_to_the_whole(group, dimension: str) -> None:
    period = value("arpu", Grain.MONTH).period
    parts = metrics.breakdown("arpu", Grain.MONTH, period, dimension)
    assert len(parts) == {"region": 3, "store": 6}[dimension]
    assert sum(part.numerator for part in parts) == 72_000_000
    # Some customers come to a second store of their region, so stores have more of them together than the group has.
    extra = sum(part.denominator for part in parts) - 15_000
    assert extra == 0 if dimension == "region" else extra > 0
    for key, whole in (("revenue", None), ("visits", None)):
        total = value(key, Grain.MONTH)
        split = metrics.breakdown(key, Grain.MONTH, total.period, dimension)
        assert sum(part.value for part in split) == (whole or total.value)


def test_months_add_up_to_the_rolling_year(group) -> None:
    for key, whole in (("revenue", 72_000_000), ("visits", 45_000)):
        points = metrics.series(key, Grain.MONTH).points
        assert sum(point.value for point in points[-12:]) == whole
        assert all(point.state == "final" for point in points)
        assert len(points) == 30


def test_formulas_and_typed_values_are_computed(group) -> None:
    nps, margin = value("nps", Grain.MONTH).value, value("parts_margin", Grain.MONTH).value
    assert -100 < nps < 100
    assert Decimal("0.2") < margin < Decimal("0.5")
    assert value("technicians", Grain.MONTH).value == 102
    per_head = value("visits_per_technician", Grain.MONTH).value
    assert round(per_head * 102) == value("visits", Grain.MONTH).value
    parts, share = value("parts_revenue", Grain.MONTH).value, value("parts_share", Grain.MONTH)
    assert share.numerator == parts  # lines of parts add up to the parts of the work orders


def test_every_file_was_loaded_whole(group) -> None:
    found = {one.key: one for one in datasets.freshness()}
    assert {one.state for one in found.values()} == {"fresh"}
    assert found["visits"].rows == sum(point.value for point in metrics.series("visits", Grain.MONTH).points)
    assert set(found) == {"customers", "visits", "surveys", "parts", "costs", "app_events"}
    last_day = (last_month(group) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert {one.last_day for key, one in found.items() if key != "customers"} == {last_day}


def test_the_4s_shop(shop) -> None:
    """8,000 customers: 4,000 = 2.5 x 1,600, a year later 5,120 = 3.2 x 1,600; revenue +28 %."""
    before, now = value("arpu", Grain.YEAR, 1), value("arpu", Grain.YEAR)
    assert now.period.start.year == services.people.today().year - 1
    assert (before.value, before.numerator, before.denominator) == (4000, 32_000_000, 8_000)
    assert (now.value, now.numerator, now.denominator) == (5120, 40_960_000, 8_000)
    factors = [
        value(key, Grain.YEAR, back).value for back in (1, 0) for key in ("visits_per_customer", "spend_per_visit")
    ]
    assert factors == [Decimal("2.5"), 1600, Decimal("3.2"), 1600]
    assert now.numerator / before.numerator == Decimal("1.28")
    work = metrics.breakdown("revenue", Grain.YEAR, now.period, "work")
    assert sum(part.value for part in work) == 40_960_000
    assert metrics.tree(Grain.YEAR).shape == "×"


def test_the_rivals_lead_is_in_how_often_its_customers_come(shop) -> None:
    """The rival's 3.8 x 1,580 against 2.5 x 1,600: of the 2,004 frequency accounts for 2,067, the ticket for -63."""
    period = value("panel_arpu", Grain.YEAR).period
    assert period.start.year == services.people.today().year - 2

    said = parse("panel_visits_per_customer * panel_spend_per_visit")
    parts = {name: panel_branch(name.key, period) for name in inputs(said)}
    whole = panel_branch("panel_arpu", period)
    found = decompose(Branch(whole.name, whole.before, whole.after, said, parts))
    often, ticket = (found.parts[name] for name in inputs(said))
    assert (often.before, often.after, ticket.before, ticket.after) == (Fraction("2.5"), Fraction("3.8"), 1600, 1580)
    assert (round(often.effect), round(ticket.effect), found.effect, found.gap) == (2067, -63, 2004, 0)


def panel_branch(key: str, period) -> Branch:
    """A metric of this shop, and of its rival."""
    found = {part.member: Fraction(part.value) for part in metrics.breakdown(key, Grain.YEAR, period, "dealer")}
    return Branch(key, found["恒通 4S 店"], found["安驰 4S 店"])


# --- the health score -----------------------------------------------------------------------------------------------

THREE_POINTS_IN_TWO_HALVES = {"客户黏性": Fraction(-3, 2), "收入健康": 0, "运营效率": Fraction(-3, 2), "质量": 0}


def score_end(back: int) -> ScoreEnd:
    """The definition and the stored values of its members, `back` months before the newest one."""
    definition = metrics.metric_for("health_score").definition
    read = {key: value(key, Grain.MONTH, back) for key in metrics_of(definition)}
    assert {point.state for point in read.values()} == {"final"}
    return ScoreEnd(definition, {key: Fraction(point.value) for key, point in read.items()}, {})


def test_the_health_score_fell_from_81_to_78(holding) -> None:
    before, now = value("health_score", Grain.MONTH, 1), value("health_score", Grain.MONTH)
    assert now.period.start == last_month(holding)
    assert (before.value, before.state, now.value, now.state) == (81, "final", 78, "final")
    groups = score_end(0).definition.groups
    assert [(group.name.zh, group.weight, len(group.parts)) for group in groups] == [
        ("客户黏性", 30, 3), ("收入健康", 30, 3), ("运营效率", 20, 3), ("质量", 20, 3),
    ]  # fmt: skip
    points = [point for point in metrics.series("health_score", Grain.MONTH).points if not point.is_open]
    assert [point.state for point in points[-12:]] == ["final"] * 12
    assert metrics.tree(Grain.MONTH).key == "health_score"


def test_stickiness_explains_half_of_it_and_efficiency_the_other_half(holding) -> None:
    """The active rate fell from 32 % to 28 %: 5 points of stickiness, at 30 % of the whole 1.5 of the 3."""
    before, now = score_end(1), score_end(0)
    assert (before.values["active_rate"], now.values["active_rate"]) == (Fraction("0.32"), Fraction("0.28"))
    found = score_change(before, now)
    assert (found.inputs, found.definition, found.coverage, found.held) == (-3, 0, 0, 0)
    assert found.by_metric["active_rate"] == Fraction(-3, 2)
    assert (found.by_metric["utilisation"], found.by_metric["turnaround"]) == (-1, Fraction(-1, 2))
    by_group = {
        group.name.zh: sum(found.by_metric[part.metric] for part in group.parts) for group in now.definition.groups
    }
    assert by_group == THREE_POINTS_IN_TWO_HALVES
    assert found.capped == ("arpu_growth",), "it grew and was at full marks already"
    stickiness = [_points_within(end, "客户黏性") for end in (before, now)]
    assert stickiness[1] - stickiness[0] == -5


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", ["78.0", "81.0", "−3.0", "客户黏性占 −1.5", "月活跃率 32.0% → 28.0%", "运营效率占 −1.5",
                     "技师利用率", "沉默会员召回"]),
        ("en", ["78.0", "−3.0", "81.0", "Customer stickiness accounts for −1.5", "Monthly active rate: 32.0% → 28.0%",
                "Operating efficiency for −1.5", "Technician utilisation", "沉默会员召回"]),
    ],
)  # fmt: skip
def test_the_paragraph_says_both_halves(holding, language: str, said: list[str]) -> None:
    found = drivers.telling("health_score", grain=Grain.MONTH, language=language)
    at = [found.paragraph.find(words) for words in said]
    assert -1 not in at, (said[at.index(-1)], found.paragraph)


def _points_within(end: ScoreEnd, name: str) -> Fraction:
    """The points of one dimension, 0 to 100."""
    at = next(at for at, group in enumerate(end.definition.groups) if group.name.zh == name)
    parts = [part for part in score(end.definition, end.values, {}).parts if part.group == at]
    return sum(part.weight * part.points for part in parts) / sum(part.weight for part in parts)


@pytest.mark.parametrize(
    ("slug", "name", "now", "then"),
    [
        ("hengtong", "两项都到目标", 4800, Fraction("5501.2")),
        ("hengtong-shop", "追上对手的频次", 5120, 6080),
        ("hengtong-holding", "活跃率回到 32%", 78, Fraction("79.5")),
    ],
)
def test_what_if(entered, slug: str, name: str, now: int, then: Fraction) -> None:
    entered(slug)
    (owner,) = [user for user in services.people.active_people() if "owner" in user.roles]
    (found,) = scenarios.scenarios(owner.actor, name)
    assert (Fraction(found.summary["now"]), Fraction(found.summary["then"])) == (now, then)


@pytest.mark.parametrize(
    ("slug", "key"), [("hengtong", "arpu"), ("hengtong", "app_mau"), ("hengtong-holding", "health_score")]
)
def test_where_it_is_heading(entered, slug: str, key: str) -> None:
    """Enough of a past to be forecast to the end of the target; the paragraph about the North Star ends with it."""
    entered(slug)
    metric, newest = metrics.metric_for(key), value(key, Grain.MONTH)
    held = targets.standings([metric.id], Grain.MONTH)[metric.id]
    found = evidence.forecast_of(metric.id, Grain.MONTH)
    assert found.points[0].period.start == newest.period.end
    assert found.points[-1].period.end >= held.course.last.end
    assert all(point.low < point.value < point.high for point in found.points)
    if key == metrics.north_star().metric.key:
        last = drivers.telling(key, grain=Grain.MONTH, language="en").paragraph
        assert "forecast" in last.split(". ")[-1].lower(), last


def test_the_score_was_weighed_otherwise_until_a_quarter_began(holding) -> None:
    old, new = reversed(metrics.history_of(metrics.metric_for("health_score")))
    assert [[group.weight for group in version.definition.groups] for version in (old, new)] == [
        [25, 30, 25, 20], [30, 30, 20, 20],
    ]  # fmt: skip
    assert (new.by, new.effective_from.day, new.effective_from.month % 3) == ("吴磊", 1, 1)
    assert new.note
    points = metrics.series("health_score", Grain.MONTH).points
    assert {point.version_number for point in points if point.period.start < new.effective_from and point.value} == {1}
    after = [point for point in points if point.period.start >= new.effective_from]
    assert {point.version_number for point in after} == {2}
    assert len(after) >= 16, "enough for a forecast by the weights that hold"


def test_a_score_that_lacks_a_member_says_so_and_one_that_lacks_too_much_is_none(holding) -> None:
    now = score_end(0)
    without = score(now.definition, {**now.values, "active_rate": None}, {})
    assert (without.coverage, without.missing) == (Fraction("0.85"), ("active_rate",))
    gone = dict.fromkeys(("active_rate", "retention", "nps", "turnaround"))
    assert score(now.definition, {**now.values, **gone}, {}).score is None
    brands = metrics.breakdown("health_score", Grain.MONTH, value("health_score", Grain.MONTH).period, "brand")
    assert len(brands) == 3
    assert all(60 < brand.value < 95 for brand in brands)


def test_doing_it_again_changes_nothing(demo, db) -> None:
    def counts() -> list[int]:
        from apps.audit.selectors import entries

        found = []
        for company in story.COMPANIES:
            with inside(workspace_at(company.slug)):
                found.append(entries().count())
        return found

    before, started = counts(), time.monotonic()
    services.seed(patience=0)
    assert counts() == before
    assert time.monotonic() - started < 3


def test_every_role_can_sign_in(demo, group, client_on) -> None:
    for person in story.GROUP.people:
        client = client_on(group)
        client.post("/account/login/", {"login": story.GROUP.email(person), "password": story.PASSWORD})
        page = client.get("/")
        assert page.status_code == 200, person
        assert "4,800" in page.content.decode()
        assert "900万" in page.content.decode()
