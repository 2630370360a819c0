"""What a file or a name typed by a stranger can reach in DuckDB: nothing."""

from pathlib import Path

import duckdb
import pytest

from apps.engine.duck import connect, lay_ready, literal, name


@pytest.fixture
def connection(desk, tmp_path: Path):
    allowed = tmp_path / "allowed.parquet"
    (tmp_path / "secret.csv").write_text("a\n1\n")
    duckdb.execute("COPY (SELECT 1 AS a) TO ?", [str(allowed)])
    return connect(desk(), [str(allowed)])


def test_the_files_of_the_request_can_be_read(connection, tmp_path: Path) -> None:
    assert connection.execute(f"SELECT a FROM read_parquet('{tmp_path}/allowed.parquet')").fetchall() == [(1,)]  # noqa: S608


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{tmp}/secret.csv')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('{tmp}/out/../secret.csv')",
        "COPY (SELECT 1) TO '{tmp}/written.csv'",
        "ATTACH '{tmp}/other.db'",
        "EXPORT DATABASE '{tmp}/export'",
        "INSTALL httpfs",
        "LOAD '{tmp}/x.duckdb_extension'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET threads = 64",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
    ],
)
def test_all_else_is_refused(connection, tmp_path: Path, sql: str) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(duckdb.Error):
        connection.execute(sql.format(tmp=tmp_path)).fetchall()
    assert sorted(tmp_path.iterdir()) == before


def test_quoting(connection) -> None:
    nasty = "x'); DROP TABLE t; --\"\\"
    assert connection.execute(f"SELECT {literal(nasty)} AS {name(nasty)}").fetchall() == [(nasty,)]


def test_a_connection_that_was_laid_ready_is_bound_like_any_other(desk, tmp_path: Path) -> None:
    lay_ready()
    own, of_all = desk(), "SELECT name, value FROM duckdb_settings() ORDER BY name"
    laid, opened = (dict(connect(own, [str(tmp_path)]).execute(of_all).fetchall()) for _ in range(2))
    assert laid == opened
    assert (laid["lock_configuration"], laid["enable_external_access"]) == ("true", "false")
    assert laid["temp_directory"].startswith(str(tmp_path))
