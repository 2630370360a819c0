"""Settings refuse nonsense, name the variable, show no secret, and tell everything at once."""

from pathlib import Path

import pytest

from config.env import BadSetting, Env


def refusal(read, **environ: str) -> str:
    """The text of the complaint that reading causes."""
    env = Env(environ)
    read(env)
    with pytest.raises(BadSetting) as caught:
        env.complain()
    return str(caught.value)


def accepted(read, **environ: str):
    env = Env(environ)
    value = read(env)
    env.complain()
    return value


def test_a_missing_variable_is_named_with_what_is_expected():
    text = refusal(lambda env: env.database("DATABASE_URL"))
    assert "DATABASE_URL: missing; expected postgres://user@host:port/name" in text


def test_an_empty_variable_counts_as_not_set():
    assert accepted(lambda env: env.integer("PORT", minimum=1, maximum=9, default=5), PORT=" ") == 5


def test_all_mistakes_are_told_in_one_message():
    env = Env({"PORT": "eighty", "DEBUG": "maybe", "DATABASE_URL": "mysql://u@h/n"})
    assert env.integer("PORT", minimum=1, maximum=65535, default=8000) == 1
    assert env.boolean("DEBUG", default=True) is False
    assert env.database("DATABASE_URL")["NAME"] == "x"
    with pytest.raises(BadSetting) as caught:
        env.complain()
    assert len(caught.value.problems) == 3
    assert str(caught.value).startswith("These 3 settings cannot be used:\n  PORT: expected a whole number")


@pytest.mark.parametrize("raw", ["0", "65536", "8_0", "٨٠", "8.0", "0x50", "+80", "1e3", "9" * 30])
def test_integers_are_plain_ascii_digits_within_the_range(raw):
    assert "PORT: expected a whole number from 1 to 65535, got" in refusal(
        lambda env: env.integer("PORT", minimum=1, maximum=65535), PORT=raw
    )


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("TRUE", True), ("on", True), ("no", False), ("0", False)])
def test_booleans(raw, value):
    assert accepted(lambda env: env.boolean("FLAG"), FLAG=raw) is value


def test_a_boolean_is_not_guessed():
    assert "FLAG: expected 1 or 0" in refusal(lambda env: env.boolean("FLAG", default=True), FLAG="ja")


def test_a_choice_lists_the_words():
    text = refusal(lambda env: env.choice("SCHEME", choices=("http", "https")), SCHEME="gopher")
    assert "SCHEME: expected one of http, https, got 'gopher'" in text


def test_a_short_secret_is_refused_without_showing_it():
    text = refusal(lambda env: env.text("SECRET", min_length=32), SECRET="hunter2")
    assert "SECRET: expected at least 32 characters, got 7" in text
    assert "hunter2" not in text


def test_text_with_control_characters_is_refused():
    assert "NAME: expected a single line" in refusal(lambda env: env.text("NAME"), NAME="a\nb")


def test_a_database_address_is_taken_apart():
    url = "postgresql://anna:p%40ss%2Fword@db.example.com:6543/lodestar?sslmode=require"
    assert accepted(lambda env: env.database("DATABASE_URL"), DATABASE_URL=url) == {
        "HOST": "db.example.com",
        "PORT": 6543,
        "USER": "anna",
        "PASSWORD": "p@ss/word",
        "NAME": "lodestar",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_on_a_unix_socket():
    value = accepted(lambda env: env.database("DB"), DB="postgres://anna@%2Frun%2Fpostgresql/lodestar")
    assert (value["HOST"], value["PORT"]) == ("/run/postgresql", 5432)


@pytest.mark.parametrize(
    ("raw", "piece"),
    [
        ("hunter2", "something without"),
        ("mysql://a:hunter2@h/n", "the scheme mysql://"),
        ("postgres://a:hunter2@h:port/n", "the host or port cannot be read"),
        ("postgres://a:hunter2/x@h/n", "the host or port cannot be read"),
        ("postgres://a:hunter2@h:99999/n", "the host or port cannot be read"),
        ("postgres://a:hunter2@h:0/n", "port 0"),
        ("postgres://a:hunter2@[::1/n", "the host or port cannot be read"),
        ("postgres://a:hunter2@/n", "the host is missing"),
        ("postgres://:hunter2@h/n", "the user is missing"),
        ("postgres://a:hunter2@h", "the database name is missing"),
        ("postgres://a:hunter2@h/n/m", "the database name is missing or holds a slash"),
        ("postgres://a:hunter2@h/n?sslmod=require", "unknown option sslmod"),
    ],
)
def test_a_bad_database_address_is_refused_without_showing_the_password(raw, piece):
    text = refusal(lambda env: env.database("DATABASE_URL"), DATABASE_URL=raw)
    assert "DATABASE_URL: " in text
    assert piece in text
    assert "hunter2" not in text


@pytest.mark.parametrize("raw", ["redis://h:6379/0", "rediss://:pw@h/1", "unix:///run/valkey.sock"])
def test_broker_addresses(raw):
    assert accepted(lambda env: env.url("REDIS_URL", schemes=("redis", "rediss", "unix")), REDIS_URL=raw) == raw


@pytest.mark.parametrize("raw", ["localhost:6379", "amqp://h", "redis://", "unix://"])
def test_bad_broker_addresses(raw):
    text = refusal(lambda env: env.url("REDIS_URL", schemes=("redis", "unix")), REDIS_URL=raw)
    assert "REDIS_URL: expected redis://... or unix://..." in text


def test_a_folder():
    value = accepted(lambda env: env.directory_url("STORAGE_URL"), STORAGE_URL="file:///srv/my%20files")
    assert value == Path("/srv/my files")


@pytest.mark.parametrize("raw", ["/srv/files", "file://srv/files", "file:///", "s3://bucket/x"])
def test_bad_folders(raw):
    assert "STORAGE_URL: expected file:///absolute/path" in refusal(
        lambda env: env.directory_url("STORAGE_URL"), STORAGE_URL=raw
    )


def test_mail_by_smtp():
    value = accepted(lambda env: env.mail("MAIL"), MAIL="smtp+tls://bot%40x.org:pa%3Ass@mail.x.org")
    assert value["EMAIL_HOST_USER"] == "bot@x.org"
    assert value["EMAIL_HOST_PASSWORD"] == "pa:ss"
    assert (value["EMAIL_HOST"], value["EMAIL_PORT"]) == ("mail.x.org", 587)
    assert (value["EMAIL_USE_TLS"], value["EMAIL_USE_SSL"]) == (True, False)


def test_mail_into_a_folder_and_on_the_console():
    assert accepted(lambda env: env.mail("MAIL", default="file:///srv/mail"))["EMAIL_FILE_PATH"] == "/srv/mail"
    assert "console" in accepted(lambda env: env.mail("MAIL"), MAIL="console://")["EMAIL_BACKEND"]


def test_a_bad_mail_address():
    text = refusal(lambda env: env.mail("MAIL"), MAIL="mailto:anna:hunter2@x.org")
    assert "MAIL: expected smtp://" in text
    assert "hunter2" not in text


def test_asked_names_are_known():
    env = Env({})
    env.boolean("A", default=True)
    env.text("B", default="b")
    assert env.known == ["A", "B"]


@pytest.mark.parametrize(
    "raw",
    ["sc://cluster:15002", "sc://cluster", "sc://h:443/;token=hunter2;use_ssl=true", "sc://[::1]:15002/;user_id=a"],
)
def test_cluster_addresses(raw):
    assert accepted(lambda env: env.cluster("ENGINE_URL"), ENGINE_URL=raw) == raw


def test_clusters_of_single_workspaces_are_read_by_their_names():
    found = accepted(
        lambda env: env.clusters("ENGINE_URL"),
        ENGINE_URL="sc://a:1", ENGINE_URL_BIG="sc://b:2/;token=hunter2", ENGINE_URL_SMALL_1="sc://c", ENGINE_URL_OFF="",
    )  # fmt: skip
    assert found == {"big": "sc://b:2/;token=hunter2", "small_1": "sc://c"}


@pytest.mark.parametrize(
    "name", ["ENGINE_URL_big", "ENGINE_URL_EMBEDDED", "ENGINE_URL_DEFAULT", "ENGINE_URL_1", "ENGINE_URL_"]
)
def test_other_names_of_clusters_are_refused(name):
    assert name in refusal(lambda env: env.clusters("ENGINE_URL"), **{name: "sc://a:1"})


def test_without_a_cluster_the_embedded_engine_computes():
    assert accepted(lambda env: env.cluster("ENGINE_URL") + env.place("ENGINE_STORAGE")) == ""


@pytest.mark.parametrize(
    ("raw", "piece"),
    [
        ("cluster:15002", "without"),
        ("clickhouse://h:9000/;token=hunter2", "got the scheme clickhouse://"),
        ("jdbc://h:10000", "got the scheme jdbc://"),
        ("sc://h:99999/;token=hunter2", "the host or port cannot be read"),
        ("sc:///;token=hunter2", "the host is missing"),
        ("sc://h:443/token", "what follows the host"),
        ("sc://h:443/?token=hunter2", "what follows the host"),
        ("sc://user:hunter2@h:443", "the token stands behind the host"),
    ],
)
def test_other_clusters_are_refused_with_what_is_allowed_and_without_the_token(raw, piece):
    text = refusal(lambda env: env.cluster("ENGINE_URL"), ENGINE_URL=raw)
    assert "ENGINE_URL: expected sc://host:port" in text
    assert piece in text
    assert "hunter2" not in text


@pytest.mark.parametrize("raw", ["/mnt/lodestar", "s3a://bucket/lodestar", "dbfs:/Volumes/a/b", "file:///mnt/lodestar"])
def test_places_that_a_cluster_reads(raw):
    assert accepted(lambda env: env.place("ENGINE_STORAGE"), ENGINE_STORAGE=raw) == raw


@pytest.mark.parametrize("raw", ["lodestar", "./data", "//host/share"])
def test_places_that_nobody_can_read(raw):
    assert "ENGINE_STORAGE: expected /absolute/path" in refusal(
        lambda env: env.place("ENGINE_STORAGE"), ENGINE_STORAGE=raw
    )
