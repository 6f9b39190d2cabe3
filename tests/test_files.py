"""Files written whole or not at all."""

import errno
from pathlib import Path

import pytest

from essgeo.errors import OutputError
from essgeo.files import sha256, writing


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with writing(target) as beside:
        beside.write_text("x")
        assert not target.exists()
        assert beside.suffix == ".csv"
    assert target.read_text() == "x"
    assert [item.name for item in tmp_path.iterdir()] == ["a.csv"]


def write_half(target: Path, failure: Exception) -> None:
    with writing(target) as beside:
        beside.write_text("half")
        raise failure


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("before")
    with pytest.raises(RuntimeError):
        write_half(target, RuntimeError())
    assert target.read_text() == "before"
    assert [item.name for item in tmp_path.iterdir()] == ["a.csv"]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OutputError, match="disque est plein, rien n'a été écrit"):
        write_half(tmp_path / "a.csv", full)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="n'existe pas"),
        writing(tmp_path / "no" / "a.csv") as beside,
    ):
        beside.write_text("x")


def test_sha256_is_the_usual_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a").startswith("ba7816bf8f01cfea")
