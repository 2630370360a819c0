"""The template's SQL under another name, and which migrations may be replayed. No database."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from apps.workspaces.postgresql import dump
from apps.workspaces.postgresql.migrations import is_replayable, key_of
from apps.workspaces.services.migrating import _chain

SCHEMA = "w_" + "a" * 32


def test_every_qualified_name_is_renamed_and_nothing_else():
    sql = (
        "CREATE SCHEMA template;\n"
        'CREATE TABLE template.team (template text, "my_template.x" text);\n'
        "SELECT pg_catalog.setval('template.team_id_seq', 3, true);"
    )
    assert dump.renamed(sql, SCHEMA) == (
        f"CREATE SCHEMA {SCHEMA};\n"
        f'CREATE TABLE {SCHEMA}.team (template text, "my_template.x" text);\n'
        f"SELECT pg_catalog.setval('{SCHEMA}.team_id_seq', 3, true);"
    )


@pytest.mark.parametrize("name", ["public", "w_x", 'w_"; DROP', SCHEMA.upper(), SCHEMA + "\n"])
def test_only_generated_names_are_taken(name):
    with pytest.raises(ValueError, match="not the name"):
        dump.renamed("CREATE SCHEMA template;", name)


def test_lists_of_values_are_written_as_they_were():
    dumped = "((state)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))"
    assert dump._ONE_OF.sub(dump._as_it_was, dumped) == "(state IN ('a', 'it''s'))"
    dumped = "((\"order\")::text <> ALL ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"
    assert dump._ONE_OF.sub(dump._as_it_was, dumped) == "(\"order\" NOT IN ('a', 'b'))"


@pytest.mark.parametrize(
    "line",
    [
        "SET statement_timeout = 0;",
        "SET default_tablespace = '';",
        "SELECT pg_catalog.set_config('search_path', '', false);",
        "-- a remark",
        r"\restrict abc",
        "",
    ],
)
def test_settings_of_pg_dumps_session_are_left_out(line):
    assert dump._OF_THE_SESSION.match(line)


@pytest.mark.parametrize(
    "line", ["CREATE TABLE template.x (", "    SET text,", "SELECT pg_catalog.setval('template.x', 1, true);"]
)
def test_everything_else_stays(line):
    assert not dump._OF_THE_SESSION.match(line)


def migration(*operations: object, atomic: bool = True) -> migrations.Migration:
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic})
    return made("0002_x", "accounts")


ADD = migrations.AddField("team", "x", models.IntegerField(null=True))


@pytest.mark.parametrize(
    ("plan", "replayable"),
    [
        ([migration(ADD)], True),
        ([migration(ADD), migration()], True),
        ([migration(migrations.SeparateDatabaseAndState(database_operations=[ADD]))], True),
        ([migration(migrations.RunSQL("SELECT 1"))], False),
        ([migration(ADD), migration(migrations.RunPython(print))], False),
        ([migration(migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL("SELECT 1")]))], False),
        ([migration(ADD, atomic=False)], False),
        ([migration(AddIndexConcurrently("team", models.Index(fields=["x"], name="x")), atomic=False)], False),
        ([migration(type("Odd", (migrations.operations.base.Operation,), {})())], False),
    ],
)
def test_what_may_be_replayed(plan, replayable):
    assert is_replayable(plan) is replayable


def test_the_key_of_a_set_does_not_depend_on_order():
    assert key_of(["a.1", "b.1"]) == key_of(["b.1", "a.1"]) != key_of(["a.1"])


class Step:
    def __init__(self, to_key: str) -> None:
        self.to_key = to_key


def test_chains_of_upgrades():
    one, two, loop = Step("b"), Step("c"), Step("d")
    assert _chain("a", "c", {"a": one, "b": two}) == [one, two]
    assert _chain("c", "c", {}) == []
    assert _chain("a", "c", {"a": one}) is None
    assert _chain("d", "c", {"d": loop}) is None
