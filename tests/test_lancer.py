"""The start from nothing: what a person with only Python meets."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lancer

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project folder that `lancer` takes for its own: nothing to download."""
    folder = tmp_path / "projet é"
    folder.mkdir()
    for name in ("requirements.txt", "constraints.txt", "requirements-dev.txt"):
        (folder / name).write_text("# rien\n", encoding="utf-8")
    venv = folder / ".venv"
    monkeypatch.setattr(lancer, "ROOT", folder)
    monkeypatch.setattr(lancer, "VENV", venv)
    monkeypatch.setattr(
        lancer, "STAMPS", {False: venv / "essgeo-run.txt", True: venv / "essgeo-dev.txt"}
    )
    return folder


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the requirement files that `lancer` installs."""
    seen: list[str] = []
    real = lancer.install

    def spy(python: Path, requirements: Path) -> None:
        seen.append(requirements.name)
        real(python, requirements)

    monkeypatch.setattr(lancer, "install", spy)
    return seen


def test_an_old_python_gets_a_sentence_and_not_a_syntax_error():
    ast.parse((ROOT / "lancer.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    with pytest.raises(lancer.LaunchError, match=r"Python 3\.11 ou plus récent.*Python 3\.10"):
        lancer.check_python((3, 10))
    lancer.check_python((3, 11))
    lancer.check_python((3, 14))


def test_installs_once_then_again_only_when_requirements_change(project: Path, installs: list[str]):
    python = lancer.ensure()
    assert python.exists()
    lancer.ensure()
    assert installs == ["requirements.txt"]
    (project / "constraints.txt").write_text("# autre\n", encoding="utf-8")
    lancer.ensure()
    lancer.ensure()
    assert installs == ["requirements.txt"] * 2
    lancer.ensure(dev=True)
    lancer.ensure(dev=True)
    lancer.ensure()
    assert installs == ["requirements.txt"] * 2 + ["requirements-dev.txt"]


def test_an_interrupted_installation_is_done_again_from_nothing(
    project: Path, installs: list[str], monkeypatch: pytest.MonkeyPatch
):
    def interrupted(python: Path, requirements: Path) -> None:
        (lancer.VENV / "moitié").write_text("", encoding="utf-8")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lancer, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            lancer.ensure()
    lancer.ensure()
    assert installs == ["requirements.txt"]
    assert not (lancer.VENV / "moitié").exists()
    lancer.ensure()
    assert installs == ["requirements.txt"]


def test_a_broken_environment_of_ours_is_made_again(project: Path, installs: list[str]):
    python = lancer.ensure()
    python.unlink()
    assert lancer.ensure().exists()
    assert len(installs) == 2


def test_an_environment_that_is_not_ours_is_never_deleted(project: Path):
    (project / ".venv").mkdir()
    (project / ".venv" / "travail.txt").write_text("précieux", encoding="utf-8")
    with pytest.raises(lancer.LaunchError, match=r"n'a pas été créé par lancer\.py"):
        lancer.ensure()
    assert (project / ".venv" / "travail.txt").read_text(encoding="utf-8") == "précieux"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        # Nothing listens on port 9: what pip meets without network.
        ({"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}, "pas de réseau"),
        ({"PIP_NO_INDEX": "1"}, "n'existe pas pour ce Python"),
    ],
)
def test_a_failed_installation_says_what_to_do_and_is_not_taken_for_done(
    project: Path,
    installs: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    sentence: str,
):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (project / "requirements.txt").write_text("essgeo-absent==1.0\n", encoding="utf-8")
    with pytest.raises(lancer.LaunchError, match=sentence):
        lancer.ensure()
    (project / "requirements.txt").write_text("# rien\n", encoding="utf-8")
    lancer.ensure()
    assert installs == ["requirements.txt"] * 2


def test_without_the_venv_module_the_package_to_install_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    bare = tmp_path / "python-sans-venv"
    bare.write_text("#!/bin/sh\necho 'ensurepip is not available'\nexit 1\n", encoding="utf-8")
    bare.chmod(0o755)
    monkeypatch.setattr(lancer.sys, "executable", str(bare))
    with pytest.raises(lancer.LaunchError, match=r"python3-venv.*ensurepip is not available"):
        lancer.ensure()


def test_a_missing_requirements_file_is_named(project: Path):
    (project / "constraints.txt").unlink()
    with pytest.raises(lancer.LaunchError, match=r"constraints\.txt : fichier absent"):
        lancer.ensure()


def test_run_starts_the_app_from_the_project_with_the_options_given(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    started: list[tuple] = []
    monkeypatch.setattr(lancer.os, "execve", lambda *call: started.append((Path.cwd(), *call)))
    monkeypatch.setattr(lancer, "call", lambda *_: 0)
    monkeypatch.setattr(lancer, "ensure", lambda dev=False: Path("/python"))
    monkeypatch.setenv("ESSGEO_DATA", "ici")
    monkeypatch.chdir(tmp_path)
    assert lancer.main(["--server.port", "8600"]) == 0
    ((folder, python, arguments, values),) = started
    assert folder == project
    assert python == "/python"
    assert arguments[1:] == ["-m", "streamlit", "run", "app.py", "--server.port", "8600"]
    # Meant from where the person stands, not from the project's folder.
    assert values["ESSGEO_DATA"] == str(tmp_path / "ici")
    assert values["PYTHONUTF8"] == "1"


def test_demo_writes_to_the_project_unless_told_otherwise(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    calls: list[list[str]] = []
    monkeypatch.setattr(lancer, "ensure", lambda dev=False: Path("/python"))
    monkeypatch.setattr(lancer, "call", lambda _, arguments, folder: calls.append(arguments) or 0)
    lancer.main(["demo"])
    lancer.main(["demo", "--out", "x", "--seed", "3"])
    assert calls == [
        ["-m", "essgeo", "demo", "--out", str(project / "data")],
        ["-m", "essgeo", "demo", "--out", "x", "--seed", "3"],
    ]


@pytest.mark.parametrize(
    ("failing", "expected"), [("", 0), ("ruff", 1), ("importlinter", 1), ("pytest", 1)]
)
def test_test_fails_when_a_check_or_a_test_fails_and_the_tests_speak_last(
    monkeypatch: pytest.MonkeyPatch, failing: str, expected: int
):
    calls: list[str] = []

    def call(_: Path, arguments: list[str]) -> int:
        calls.append(" ".join(arguments))
        return int(bool(failing) and failing in calls[-1])

    monkeypatch.setattr(lancer, "ensure", lambda dev=False: Path("/python"))
    monkeypatch.setattr(lancer, "call", call)
    assert lancer.main(["test", "-k", "lecture"]) == expected
    assert [c for c in calls if "pytest" in c] == [calls[-1]]
    assert calls[-1].endswith("-k lecture")
    assert len(calls) == len(lancer.LINT) + 1


def test_the_program_answers_on_a_console_that_is_not_utf8():
    for arguments, code in (["--help"], 0), (["zut"], 2), (["lint", "x"], 1):
        done = subprocess.run(
            [sys.executable, str(ROOT / "lancer.py"), *arguments],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
            check=False,
        )
        said = (done.stdout + done.stderr).decode("utf-8")
        assert done.returncode == code, said
        assert "Traceback" not in said
        assert "lancer.py" in said if code != 1 else said.startswith("erreur : ")
