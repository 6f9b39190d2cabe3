"""Spark makes the same folder as DuckDB, byte for byte: alone, and on a cluster of two workers."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from conftest import ROOT, free_port

from bench.officiel import write
from essgeo.build.spark import Spark
from essgeo.errors import UsageError
from essgeo.files import sha256

#: Six Java machines on a busy machine.
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("spark")]

#: A Java that runs for seconds spends them compiling what it never runs again.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
#: Small data needs few tasks; the console is for what goes wrong.
DEFAULTS = f"""\
spark.ui.enabled false
spark.sql.shuffle.partitions 2
spark.executor.memory 512m
spark.driver.host 127.0.0.1
spark.driver.extraJavaOptions {QUICK_JAVA}
spark.executor.extraJavaOptions {QUICK_JAVA}
"""
LOG = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n%ex
"""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment in which Spark runs on this machine alone, or skip."""
    missing = [
        name
        for name, there in (
            ("PySpark (requirements-spark.txt)", importlib.util.find_spec("pyspark")),
            ("Java", shutil.which("java") or os.environ.get("JAVA_HOME")),
            ("un système où ses scripts tournent", os.name != "nt"),
        )
        if not there
    ]
    if missing and os.environ.get("ESSGEO_SPARK_OBLIGATOIRE", "") == "1":
        pytest.fail(f"Spark : il manque {', '.join(missing)}, et ESSGEO_SPARK_OBLIGATOIRE=1")
    if missing:
        pytest.skip(f"Spark : il manque {', '.join(missing)}")
    conf = tmp_path_factory.mktemp("spark")
    (conf / "spark-defaults.conf").write_text(DEFAULTS, encoding="utf-8")
    (conf / "log4j2.properties").write_text(LOG, encoding="utf-8")
    return {
        **os.environ,
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Draw the same official files as Parquet and as text."""
    folder = tmp_path_factory.mktemp("brut")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ESSGEO_REEL", raising=False)
        return {form: write(folder / form, 0.0005, form) for form in ("parquet", "csv")}


def built(raw: Path, out: Path, env: dict[str, str], *engine: str) -> dict[str, str]:
    """Build as a person would, and return the fingerprint of each file."""
    done = subprocess.run(
        [sys.executable, "-m", "essgeo", "build", "--raw", str(raw), "--out", str(out), *engine],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env,
        cwd=ROOT,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Traceback" not in done.stderr
    return {file.name: sha256(file) for file in sorted(out.iterdir())}


def test_local_spark_makes_the_bytes_that_duckdb_makes(
    raw: dict[str, Path], spark: dict[str, str], tmp_path: Path
):
    alone = built(raw["csv"], tmp_path / "duckdb", dict(spark))
    local = built(
        raw["csv"], tmp_path / "spark", spark, "--engine", "spark", "--master", "local[2]"
    )
    assert "etablissements.parquet" in alone
    assert local == alone


def test_two_workers_make_the_bytes_that_duckdb_makes(
    raw: dict[str, Path], spark: dict[str, str], tmp_path: Path
):
    alone = built(raw["parquet"], tmp_path / "duckdb", dict(spark))
    with cluster(tmp_path, spark, workers=2) as (master, state):
        spread = built(
            raw["parquet"], tmp_path / "spark", spark, "--engine", "spark", "--master", master
        )
        work = state()
    assert spread == alone
    # Both workers took part: the application held one core of each.
    (application,) = work["completedapps"]
    assert application["cores"] == 2


def test_what_spark_lacks_is_said_in_one_line(
    raw: dict[str, Path], spark: dict[str, str], tmp_path: Path
):
    asked = ["--raw", str(raw["parquet"]), "--out", str(tmp_path / "sortie"), "--engine", "spark"]
    bare = {key: value for key, value in spark.items() if key != "JAVA_HOME"}
    for env, more, said in (
        ({**bare, "PATH": str(tmp_path)}, ["--master", "local[1]"], "Java ne démarre pas"),
        (
            spark,
            ["--master", "local[1]", "--source", "geolocalisation=/nulle/part/*.parquet"],
            "/nulle/part/*.parquet",
        ),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "essgeo", "build", *asked, *more],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=env,
            cwd=ROOT,
            timeout=500,
            check=False,
        )
        assert done.returncode == 1, done.stderr[-4000:]
        last = done.stderr.splitlines()[-1]
        assert last.startswith("erreur :")
        assert said in last
        assert not (tmp_path / "sortie").exists()


def test_without_pyspark_what_to_install_is_said(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"requirements-spark\.txt"):
        Spark("local[1]")


@contextmanager
def cluster(folder: Path, env: dict[str, str], *, workers: int) -> Iterator[tuple[str, object]]:
    """Start a master and its workers on this machine, and stop them whatever happens."""
    port, screen = free_port(), free_port()
    master = f"spark://127.0.0.1:{port}"
    address = ["--host", "127.0.0.1", "--port"]

    def state() -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{screen}/json/", timeout=5) as answer:
            return dict(json.load(answer))

    with ExitStack() as stack:
        stack.enter_context(
            daemon(folder, env, "master.Master", *address, str(port), "--webui-port", str(screen))
        )
        for number in range(workers):
            own = ["--cores", "1", "--memory", "700m", "-d", str(folder / f"travail{number}")]
            webui = ["--webui-port", str(free_port())]
            stack.enter_context(
                daemon(
                    folder, env, "worker.Worker", *address, str(free_port()), *own, *webui, master
                )
            )
        until = time.monotonic() + 120
        alive = 0
        while alive < workers:
            assert time.monotonic() < until, f"{alive} travailleur(s) sur {workers} en 2 minutes"
            time.sleep(0.5)
            with suppress(urllib.error.URLError, ConnectionError, json.JSONDecodeError):
                alive = int(str(state()["aliveworkers"]))
        yield master, state


@contextmanager
def daemon(folder: Path, env: dict[str, str], name: str, *arguments: str) -> Iterator[None]:
    """Run one of Spark's processes in a group of its own, executors included."""
    spec = importlib.util.find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    start = Path(spec.origin).parent / "bin" / "spark-class"
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [str(start), f"org.apache.spark.deploy.{name}", *arguments],
            stdout=log,
            stderr=log,
            env=env,
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield
    finally:
        for way in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, way)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
