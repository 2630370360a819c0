"""Spark Connect servers for tests, on loopback, ended with everything they started."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from config.devstack.spark import java_version, spark_home

_LOOPBACK = "127.0.0.1"
_PATIENCE = 300
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # compile little: there are many small queries
_LEAN = {
    "spark.driver.extraJavaOptions": _SHORT_LIVED,
    "spark.executor.extraJavaOptions": _SHORT_LIVED,
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
}


@contextmanager
def sail(folder: Path) -> Iterator[str]:
    """A Sail server: Spark Connect without Java."""
    if importlib.util.find_spec("pysail") is None:
        pytest.skip("no Sail here: pip install pysail")
    port = _free_port()
    command = [sys.executable, "-m", "pysail", "spark", "server", "--ip", _LOOPBACK, "--port", str(port)]
    with _running(command, folder / "sail.log"):
        _wait(port, folder / "sail.log")
        yield f"sc://{_LOOPBACK}:{port}"


@contextmanager
def spark(folder: Path) -> Iterator[str]:
    """A Spark standalone master, two workers and a Connect server on it."""
    home = spark_home()
    if home is None or not java_version():
        pytest.skip("no Spark here: `make spark` installs one where there is Java; LODESTAR_SPARK_HOME names another")
    master, connect = _free_port(), _free_port()
    address = f"spark://{_LOOPBACK}:{master}"
    start = [str(home / "bin" / "spark-class")]
    deploy, quiet = "org.apache.spark.deploy", ["--host", _LOOPBACK, "--webui-port", "0"]
    environment = {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": _LOOPBACK, "SPARK_LOCAL_DIRS": str(folder / "spill"),
        "SPARK_DAEMON_JAVA_OPTS": _SHORT_LIVED,
    }  # fmt: skip
    with ExitStack() as stack:
        command = [*start, f"{deploy}.master.Master", *quiet, "--port", str(master)]
        stack.enter_context(_running(command, folder / "master.log", environment))
        _wait(master, folder / "master.log")
        for name in ("one", "two"):
            where = ["--cores", "1", "--memory", "1g", "--work-dir", str(folder / name)]
            command = [*start, f"{deploy}.worker.Worker", *quiet, *where, address]
            stack.enter_context(_running(command, folder / f"{name}.log", environment))
        options = {
            "spark.connect.grpc.binding.address": _LOOPBACK, "spark.connect.grpc.binding.port": str(connect),
            "spark.ui.enabled": "false", "spark.driver.memory": "1g", "spark.executor.memory": "700m",
            "spark.sql.warehouse.dir": str(folder / "warehouse"), **_LEAN,
        }  # fmt: skip
        given = [word for name, value in options.items() for word in ("--conf", f"{name}={value}")]
        server = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", *given, "spark-internal"]
        command = [str(home / "bin" / "spark-submit"), "--master", address, *server]
        stack.enter_context(_running(command, folder / "connect.log", environment))
        _wait(connect, folder / "connect.log")
        yield f"sc://{_LOOPBACK}:{connect}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    """A program in a process group of its own, ended with all that it started."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | (environment or {}), process_group=0
        )
    try:
        yield
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(started.pid, sign)
                started.wait(timeout=10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        started.wait()


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((_LOOPBACK, port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text(errors="replace")[-3000:])
