"""Ports, disk, browser, translations, logs, locks, the package index: the small pieces of the two commands."""

from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.devstack import assets, bootstrap, cli, disk, logs, messages, ports, state
from config.devstack.browser import find_browser
from config.devstack.console import Console
from config.devstack.environment import house_environment, without_servers
from config.devstack.problems import DevstackError
from config.devstack.process import describe_end
from config.devstack.up import web_port


@pytest.fixture
def taken_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_named_with_the_way_out(taken_port):
    with pytest.raises(DevstackError) as caught:
        web_port({"PORT": str(taken_port)})
    assert f"Port {taken_port} is taken" in str(caught.value)
    assert "make up PORT=" in str(caught.value)


def test_port_0_takes_a_free_one_and_lodestar_port_wins(taken_port):
    assert ports.is_free(web_port({"LODESTAR_PORT": "0", "PORT": str(taken_port)}))


@pytest.mark.parametrize("raw", ["eighty", "-1", "70000", "٨٠٨٠"])
def test_a_nonsense_port_is_refused_by_name(raw):
    with pytest.raises(DevstackError, match="PORT: expected a port number"):
        web_port({"PORT": raw})


def test_a_port_is_kept_until_it_is_taken(tmp_path, taken_port):
    book = ports.PortBook(tmp_path / "ports.json")
    first = book.port_for("postgres")
    assert book.port_for("postgres") == first
    (tmp_path / "ports.json").write_text(f'{{"postgres": {taken_port}}}')
    assert book.port_for("postgres") != taken_port
    (tmp_path / "ports.json").write_text("{nonsense")
    assert book.port_for("postgres") > 0


def test_a_nearly_full_disk_warns_and_a_full_one_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda path: 700_000_000)
    assert disk.check(tmp_path) == [f"Only 700 MB are free on the disk of {tmp_path}."]
    monkeypatch.setattr(disk, "free_bytes", lambda path: 200_000_000)
    assert "nearly full" in disk.warning(tmp_path)
    with pytest.raises(DevstackError, match="is full: 200 MB free, 300 MB are needed"):
        disk.check(tmp_path)


def test_a_full_disk_while_writing_is_said_in_words(capsys):
    def fail() -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere/file")

    assert cli.report(fail) == 1
    assert "The disk is full (somewhere/file)." in capsys.readouterr().err


def test_free_space_is_asked_of_the_nearest_folder_that_exists(tmp_path):
    assert disk.free_bytes(tmp_path / "not" / "yet") > 0


def test_a_browser_is_taken_from_the_variable_the_path_or_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    program = tmp_path / "bin" / "chromium"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    assert find_browser({"PATH": str(program.parent)}) is None
    program.chmod(0o755)
    assert find_browser({"PATH": str(program.parent)}) == program
    assert find_browser({"PATH": "/nowhere", "LODESTAR_CHROMIUM": str(program)}) == program
    assert find_browser({"PATH": str(program.parent), "LODESTAR_CHROMIUM": "/nowhere/chrome"}) is None
    cached = tmp_path / ".cache/ms-playwright/chromium-1200/chrome-linux/chrome"
    cached.parent.mkdir(parents=True)
    cached.write_text("")
    assert find_browser({"PATH": "/nowhere"}) == cached


def test_translations_are_compiled_once_and_again_when_changed(tmp_path):
    source = tmp_path / "apps/room/locale/zh_Hans/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(head + 'msgid "Target"\nmsgstr "目标"\n', encoding="utf-8")
    assert messages.compile_messages(tmp_path) == 1
    assert "目标".encode() in source.with_suffix(".mo").read_bytes()
    assert messages.compile_messages(tmp_path) == 0
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert messages.compile_messages(tmp_path) == 1


def test_a_broken_translation_file_is_named(tmp_path):
    source = tmp_path / "apps/room/locale/zh_Hans/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "A"\nnonsense here\n', encoding="utf-8")
    with pytest.raises(DevstackError, match=r"django\.po cannot be read"):
        messages.compile_messages(tmp_path)
    assert not source.with_suffix(".mo").exists()


def test_the_digest_of_assets_sees_names_and_contents(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.css").write_text("x")
    first = assets.digest([tmp_path / "src"])
    (tmp_path / "src" / "a.css").rename(tmp_path / "src" / "b.css")
    second = assets.digest([tmp_path / "src"])
    (tmp_path / "src" / "b.css").write_text("y")
    assert len({first, second, assets.digest([tmp_path / "src"])}) == 3


def test_celery_s_chatter_stays_in_the_file_and_tracebacks_stay_whole(tmp_path):
    log = tmp_path / "worker.log"
    log.write_text("old line\n")
    follower = logs.Follower(log, "worker", logs.CeleryWarnings())
    with log.open("a") as handle:
        handle.write(" --- banner\n[2026-11-22 10:00:00,1: INFO/MainProcess] ready.\n")
        handle.write("[2026-11-22 10:00:01,1: ERROR/MainProcess] Task failed\nTraceback:\n  boom\n")
        handle.write("[2026-11-22 10:00:02,1: INFO/MainProcess] quiet again\nunfinished")
    assert [line.split(" | ")[1] for line in follower.new_lines()] == [
        "[2026-11-22 10:00:01,1: ERROR/MainProcess] Task failed",
        "Traceback:",
        "  boom",
    ]
    assert follower.new_lines() == []


def test_a_log_that_grows_too_long_keeps_its_end(tmp_path):
    log = tmp_path / "web.log"
    follower = logs.Follower(log, "web", logs.Everything())
    with log.open("a") as writer:
        writer.write("x" * 900 + "\nlast\n")
        writer.flush()
        logs.cap(log, limit=800)
        assert log.stat().st_size == 0
        assert (tmp_path / "web.log.1").read_text().endswith("\nlast\n")
        assert follower.new_lines() == []
        writer.write("anew\n")
        writer.flush()
    assert log.read_text() == "anew\n"
    assert follower.new_lines() == ["      web | anew"]


def test_the_console_says_steps_in_plain_characters_where_it_must():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    with Console(stream).step("PostgreSQL") as note:
        note.text = "port 5"
    stream.seek(0)
    assert stream.read() == "  ok PostgreSQL  (port 5, 0.0 s)\n"


def test_a_failed_step_is_marked():
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), Console(stream).step("Sums"):
        raise ZeroDivisionError
    assert "Sums" in stream.getvalue()
    assert "(" not in stream.getvalue()


def test_ends_of_processes_in_words():
    assert describe_end(-9) == "was killed (signal 9, SIGKILL)"
    assert describe_end(3) == "ended with exit code 3"


def test_a_lock_is_let_go_when_its_holder_dies(tmp_path):
    lock = state.FolderLock(tmp_path / "lock")
    holder = "import sys, time; from config.devstack.state import FolderLock; from pathlib import Path\n"
    holder += "lock = FolderLock(Path(sys.argv[1])); print(lock.take(), flush=True); time.sleep(60)\n"
    argv = [sys.executable, "-c", holder, str(tmp_path / "lock")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}) as child:
        assert child.stdout.readline() == "True\n"
        assert lock.held_by_another()
        assert not lock.take()
        child.kill()
        child.wait()
        assert lock.take()
        lock.release()


def test_leftovers_are_only_those_of_a_dead_supervisor(tmp_path):
    file = state.StateFile(tmp_path / "state.json")
    file.write(address="", pids={"worker": os.getpid()}, ports={}, phase="running")
    assert file.living_parts() == {"worker": os.getpid()}
    assert state.clear_leftovers(file) == []  # we, its writer, live
    text = file.path.read_text().replace('"birth": "', '"birth": "9')
    file.path.write_text(text)
    assert file.living_parts() == {}  # the pid belongs to somebody else now


def test_the_house_environment_keeps_what_a_person_has_set(tmp_path):
    base = {"LODESTAR_SECRET_KEY": "k" * 40, "LODESTAR_BASE_HOST": "lodestar.test", "LODESTAR_SCHEME": ""}
    env = house_environment(tmp_path, base, {"DATABASE_URL": "postgres://a@b/c"}, 8010)
    assert env["LODESTAR_SECRET_KEY"] == "k" * 40
    assert env["LODESTAR_BASE_HOST"] == "lodestar.test"
    assert (env["LODESTAR_SCHEME"], env["LODESTAR_PORT"]) == ("http", "8010")
    assert not (tmp_path / "secret-key").exists()


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = house_environment(tmp_path, {}, {}, 8000)["LODESTAR_SECRET_KEY"]
    assert len(first) >= 50
    assert house_environment(tmp_path, {}, {}, 8000)["LODESTAR_SECRET_KEY"] == first
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_tests_do_not_inherit_servers():
    base = {"DATABASE_URL": "postgres://real@server/production", "LODESTAR_DATA": "/srv", "PATH": "/bin"}
    assert without_servers(base) == {"PATH": "/bin"}


@pytest.mark.parametrize("section", ["global", "install"])
def test_the_bootstrap_takes_the_index_that_pip_is_configured_for(tmp_path, monkeypatch, section):
    config = tmp_path / "pip.conf"
    config.write_text(f"[{section}]\nindex-url = https://mirror.invalid/simple\nextra-index-url = https://a.invalid/\n")
    own = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_STRATEGY")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", *own):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    env = bootstrap.uv_environment(os.environ)
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.invalid/simple"
    assert env["UV_EXTRA_INDEX_URL"] == "https://a.invalid/"
    assert env["UV_INDEX_STRATEGY"] == "unsafe-best-match", "pip looks in all its indexes for a version"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.invalid/")
    assert bootstrap.uv_environment(os.environ)["UV_DEFAULT_INDEX"] == "https://own.invalid/"


def test_the_bootstrap_uses_the_standard_library_alone():
    source = Path(bootstrap.__file__).read_text(encoding="utf-8")
    code = "import sys; sys.modules.update(psycopg=None, babel=None, django=None); import config.devstack.bootstrap"
    assert subprocess.run([sys.executable, "-S", "-c", code], cwd=bootstrap.ROOT, check=False).returncode == 0
    assert "from config." not in source


def test_an_unknown_command_shows_the_known_ones(capsys):
    assert cli.main(["dance"]) == 2
    assert "up" in capsys.readouterr().out
