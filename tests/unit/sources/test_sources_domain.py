"""What can be said of a source, when it is read, and which addresses are closed: without a database or a network."""

import ipaddress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sources.domain import choice, connection, network, schedule
from apps.sources.domain.connection import Kind
from apps.sources.domain.schedule import Every, Schedule

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")

# --- network --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_addresses_inside_are_closed_however_they_are_wrapped(text):
    address = ipaddress.ip_address(text)
    assert not network.may_reach(address, ())


def test_addresses_of_the_internet_are_open_and_the_operator_opens_others():
    for text in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"):
        assert network.may_reach(ipaddress.ip_address(text), ())
    allowed = network.networks_of("10.2.0.0/16, 127.0.0.1")
    assert network.may_reach(ipaddress.ip_address("10.2.7.9"), allowed)
    assert network.may_reach(ipaddress.ip_address("::ffff:10.2.7.9"), allowed)
    assert not network.may_reach(ipaddress.ip_address("10.3.0.1"), allowed)
    with pytest.raises(ValueError, match="host bits"):
        network.networks_of("10.2.0.1/16")


# --- schedule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "after", "zone", "then"),
    [
        (Schedule(hour=6, minute=30), "2026-03-02 09:00", SHANGHAI, "2026-03-02 22:30"),
        (Schedule(hour=2, minute=30), "2026-03-28 12:00", BERLIN, "2026-03-29 01:00"),  # the night skips 2:30
        (Schedule(hour=2, minute=30), "2026-10-24 12:00", BERLIN, "2026-10-25 00:30"),  # 2:30 comes twice, done once
        (Schedule(hour=2, minute=30), "2026-10-25 00:30", BERLIN, "2026-10-26 01:30"),
        (Schedule(Every.HOUR, minute=15), "2026-03-29 00:20", BERLIN, "2026-03-29 01:15"),
        (Schedule(Every.WEEK, hour=8, weekday=0), "2026-03-02 09:00", SHANGHAI, "2026-03-09 00:00"),
        (Schedule(Every.WEEK, hour=8, weekday=6), "2026-03-02 09:00", SHANGHAI, "2026-03-08 00:00"),
        (Schedule(Every.CRON, cron="30 6 * * 1-5"), "2026-03-06 00:00", SHANGHAI, "2026-03-08 22:30"),
    ],
)
def test_a_schedule_keeps_the_clock_of_the_company(clock, after, zone, then):
    begin = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert schedule.next_run(clock, begin, zone) == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_never_is_never():
    assert schedule.next_run(Schedule(Every.NEVER), datetime(2026, 1, 1, tzinfo=UTC), BERLIN) is None


@given(
    st.builds(
        Schedule, st.sampled_from([Every.HOUR, Every.DAY, Every.WEEK]), st.integers(0, 59), st.integers(0, 23),
        st.integers(0, 6),
    ),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]),
)  # fmt: skip
def test_the_next_run_lies_ahead_and_not_too_far(clock, after, zone):
    then = schedule.next_run(clock, after, zone)
    most = {Every.HOUR: timedelta(hours=2), Every.DAY: timedelta(hours=26), Every.WEEK: timedelta(days=8)}
    assert timedelta(0) < then - after <= most[clock.every]
    assert schedule.schedule_of(clock.to_json()) == clock


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (Schedule(hour=24), "from 0 to 23"), (Schedule(minute=-1), "from 0 to 59"),
        (Schedule(Every.CRON, cron="* * *"), "five parts"), (Schedule(Every.CRON, cron="a b c d e"), "no line of cron"),
        (Schedule(Every.CRON, cron="* * * * *"), "more often"), (Schedule(Every.CRON, cron="0 0 30 2 *"), ""),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_is_told(clock, said):
    [issue] = schedule.faults_of(clock)
    assert said in issue.in_words()


def test_it_is_tried_again_later_each_time_and_never_after_the_next_run():
    now = datetime(2026, 3, 2, tzinfo=UTC)
    regular = now + timedelta(minutes=30)
    pauses = [schedule.try_again_at(count, now, regular) - now for count in range(1, 6)]
    assert pauses == [timedelta(minutes=minutes) for minutes in (5, 15, 30, 30, 30)]
    assert schedule.try_again_at(2, now, None) == now + timedelta(minutes=15)
    assert schedule.try_again_at(9, now, None) is None


# --- connection and choice ------------------------------------------------------------------------------------------

GOOD = {"host": "db.example.com", "database": "shop", "user": "reader"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"host": ""}, "host"), ({"host": "postgres://db/x"}, "host"), ({"host": "/var/run"}, "host"),
        ({"host": "a b"}, "host"), ({"host": "a,b"}, "host"), ({"port": "99999"}, "port"), ({"port": "x"}, "port"),
        ({"database": ""}, "database"), ({"user": ""}, "user"), ({"tls": "maybe"}, "tls"), ({"user": "a\nb"}, "user"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_connection_is_said_at_its_field(change, field):
    said = connection.connection_of(Kind.POSTGRESQL, GOOD | change)
    assert [issue.where for issue in connection.faults_of(Kind.POSTGRESQL, said)] == [field]


def test_all_faults_are_told_at_once_and_a_good_connection_has_none():
    assert len(connection.faults_of(Kind.MYSQL, connection.connection_of(Kind.MYSQL, {}))) == 3
    for host in ("db", "10.0.0.1", "::1", "[::1]", "a_b.example.com."):
        said = connection.connection_of(Kind.MYSQL, GOOD | {"host": host})
        assert (connection.faults_of(Kind.MYSQL, said), said.port) == ([], 3306)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "s3.example.com"}, "endpoint"), ({"endpoint": "https://a:b@s3.example.com"}, "endpoint"),
        ({"endpoint": "https://s3.example.com/path"}, "endpoint"), ({"endpoint": "https://[x"}, "endpoint"),
        ({"endpoint": "file:///etc"}, "endpoint"), ({"bucket": "UP"}, "bucket"), ({"region": ""}, "region"),
        ({"access_key": ""}, "access_key"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_storage_is_said_at_its_field(change, field):
    good = {"region": "eu-central-1", "bucket": "exports", "access_key": "AKIA"}
    assert connection.faults_of(Kind.S3, connection.connection_of(Kind.S3, good)) == []
    said = connection.connection_of(Kind.S3, good | change)
    assert [issue.where for issue in connection.faults_of(Kind.S3, said)] == [field]


def test_a_kept_password_goes_to_no_other_server():
    before = connection.connection_of(Kind.POSTGRESQL, GOOD)
    for change in ({"host": "evil.example.com"}, {"port": "5433"}, {"user": "root"}, {"tls": "off"}):
        assert not connection.keeps_secret(before, connection.connection_of(Kind.POSTGRESQL, GOOD | change))
    assert connection.keeps_secret(before, connection.connection_of(Kind.POSTGRESQL, GOOD | {"database": "other"}))


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ({"table": "orders"}, True), ({"select": "SELECT 1;"}, True),
        ({"select": "-- a\nWITH a AS (SELECT 1) TABLE a"}, True),
        ({"select": "/* x */ (select 1)"}, True), ({}, False), ({"table": "a", "select": "SELECT 1"}, False),
        ({"select": "DROP TABLE a"}, False), ({"select": "x" * 30_000}, False), ({"table": "a\0"}, False),
        ({"table": "a", "overlap": -1}, False),
    ],
)  # fmt: skip
def test_a_choice_is_a_table_or_one_select(told, good):
    assert (choice.faults_of(choice.choice_of(told)) == []) is good
