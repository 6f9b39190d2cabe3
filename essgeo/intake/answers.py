"""How the process that reads answers: texts and shapes as Arrow, the rest as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from essgeo.intake.limits import Limits
from essgeo.intake.taken import Taken
from essgeo.readers.crs import WGS84
from essgeo.readers.raw import Raw
from essgeo.readers.report import FileReport, Problem, Reading

_SHAPE = "shape"

# What a table says of itself, as JSON holds it.
_SAID = ("format", "encoding", "separator", "first_row", "word", "crs_label", "sheets", "sheet")


def write(folder: Path, asked: dict[str, Any], limits: Limits) -> None:
    """Read what is asked and write the answer; the JSON comes last."""
    from essgeo.intake import reading

    path = folder / asked["file"]
    journal = reading.journal_of(path, asked["name"])
    request = reading.request_of(limits, asked["sheet"])
    if asked["kind"] == "zones":
        found = reading.take_zones(path, journal, request, limits.vertices, asked["read_as"])
        shapes = found.table.geometry.to_numpy()
        table = pd.DataFrame(found.table.drop(columns="geometry"))
        _table(folder / "table.arrow", table, shapes)
        _table(folder / "source.arrow", found.source, None)
        report = asdict(found.report) | {"path": ""}
        _say(folder, {"report": report, "place": found.table.columns.get_loc("geometry")})
        return
    raw, tidied = reading.take_list(path, journal, request, asked["read_as"])
    _table(folder / "table.arrow", raw.source, raw.shapes)
    said = {name: getattr(raw, name) for name in _SAID}
    _say(
        folder,
        {
            "raw": said,
            "lines": None if raw.lines is None else raw.lines.tolist(),
            "original_names": tidied.original_names,
            "totals": tidied.totals,
            "problems": [asdict(problem) for problem in journal.problems],
        },
    )


def refuse(folder: Path, message: str, projections: tuple[str, ...]) -> None:
    """Answer that the file is refused, why, and what projections may be its own."""
    _say(folder, {"refused": message, "projections": projections})


def taken_from(folder: Path, name: str, sha256: str) -> Taken:
    """Read the answer to a list."""
    answer = _answer(folder)
    source, shapes = _read_table(folder / "table.arrow")
    said = answer["raw"]
    lines = answer["lines"]
    raw = Raw(
        source=source,
        shapes=shapes,
        crs=None if shapes is None else WGS84,
        lines=None if lines is None else np.array(lines, np.int64),
        **said | {"sheets": tuple(said["sheets"])},
    )
    return Taken(
        raw=raw,
        problems=_problems(answer["problems"]),
        name=name,
        sha256=sha256,
        original_names=tuple(answer["original_names"]),
        totals=tuple(answer["totals"]),
    )


def zones_from(folder: Path, name: str) -> Reading:
    """Read the answer to zones."""
    import geopandas as gpd  # a list needs none

    answer = _answer(folder)
    table, shapes = _read_table(folder / "table.arrow")
    table.insert(answer["place"], "geometry", shapes)
    source, _ = _read_table(folder / "source.arrow")
    said = answer["report"]
    extent = said.pop("extent")
    problems = _problems(said.pop("problems"))
    report = FileReport(**said | {"path": Path(name)})
    return Reading(
        gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326"),
        source,
        replace(report, extent=None if extent is None else tuple(extent), problems=problems),
    )


def _problems(said: list[dict[str, Any]]) -> tuple[Problem, ...]:
    return tuple(Problem(**problem) for problem in said)


def _say(folder: Path, answer: dict[str, Any]) -> None:
    beside = folder / "answer.partiel"
    beside.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    beside.replace(folder / "answer.json")


def _answer(folder: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    return answer


def _table(path: Path, table: pd.DataFrame, shapes: Any) -> None:
    """Write columns by their places, since names may repeat, and shapes as WKB."""
    columns = {str(place): pa.array(table.iloc[:, place]) for place in range(table.shape[1])}
    if shapes is not None:
        columns[_SHAPE] = pa.array(shapely.to_wkb(shapes), pa.large_binary())
    names = json.dumps([str(name) for name in table.columns])
    written = pa.table(columns).replace_schema_metadata({"names": names})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, written.schema) as writer:
        writer.write_table(written)


def _read_table(path: Path) -> tuple[pd.DataFrame, Any]:
    """Read a table written by :func:`_table`; shapes, or None."""
    with pa.OSFile(str(path), "rb") as source:
        table = pa.ipc.open_file(source).read_all()
    # The process that wrote it has read a stranger's file.
    table.validate(full=True)
    shapes = None
    if _SHAPE in table.column_names:
        cells = table.column(_SHAPE).to_numpy(zero_copy_only=False)
        shapes = np.asarray(shapely.from_wkb(cells), dtype=object)
        table = table.drop_columns([_SHAPE])
    frame = table.to_pandas()
    frame.columns = pd.Index(json.loads(table.schema.metadata[b"names"]), dtype="str")
    return frame, shapes
