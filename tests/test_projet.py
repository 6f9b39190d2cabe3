"""What must stay true of the repository as a whole."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from essgeo import __version__
from essgeo.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000

#: What each pinned package is imported as; None: used without being imported, with the reason
#: written in the requirements file.
MODULES: dict[str, tuple[str, ...] | None] = {
    "pyyaml": ("yaml",),
    "pillow": ("PIL",),
    "python-docx": ("docx",),
    "python-pptx": ("pptx",),
    "python-calamine": ("python_calamine",),
    "pyogrio": None,
    "ibis-framework": ("ibis",),
    "pyarrow-hotfix": None,
    "xlsxwriter": ("xlsxwriter",),
    "streamlit-folium": ("streamlit_folium",),
    "xstatic-leaflet": ("xstatic.pkg.leaflet",),
}


def committed() -> list[Path]:
    """Return the files that git follows, or would at the next ``git add``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("le projet n'est pas dans un dépôt git")
    names = sorted(set(listed.stdout.decode("utf-8").split("\0")) - {""})
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def text_files() -> list[tuple[Path, str]]:
    """Return the committed files that are text, with their content; data tables are left out."""
    found = []
    for path in committed():
        if path.stat().st_size > 2 * MEGABYTE:
            continue
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def pins(name: str) -> dict[str, str]:
    """Return package -> version of a requirements file; every line must pin one."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if not text or text.startswith(("-r ", "-c ")):
            continue
        pin = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.]*)", text)
        assert pin, f"{name} : « {text} » n'est pas une version fixée par =="
        key = re.sub(r"[-_.]+", "-", pin[1]).lower()
        assert key not in found, f"{name} : {key} deux fois"
        found[key] = pin[2]
    return found


def imported(*folders: str) -> set[str]:
    """Return the top-level modules imported below these folders or by these files."""
    names = set()
    for path in committed():
        relative = path.relative_to(ROOT).as_posix()
        if path.suffix != ".py" or not relative.startswith(folders):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Constant) and str(node.value).startswith("xstatic.pkg."):
                names.add(str(node.value))  # files to serve, found through importlib by this name
    return names


PROGRAM = ("essgeo/", "app.py", "pages/")


def test_requirements_are_pinned_and_never_contradict_each_other():
    direct = pins("requirements.txt") | pins("requirements-dev.txt")
    indirect = pins("constraints.txt")
    assert not set(direct) & set(indirect)
    assert not set(pins("requirements.txt")) & set(pins("requirements-dev.txt"))
    assert not set(pins("requirements-spark.txt")) & set(direct | indirect)


def test_the_tests_run_on_the_versions_pinned():
    wanted = pins("requirements.txt") | pins("requirements-dev.txt")
    found = {name: importlib.metadata.version(name) for name in wanted}
    assert found == wanted


def test_everything_installed_with_the_program_is_pinned():
    """Walk from the direct requirements: a dependency of theirs without a pin may change."""
    pinned = pins("requirements.txt") | pins("constraints.txt") | pins("requirements-dev.txt")
    todo, seen = list(pins("requirements.txt") | pins("requirements-dev.txt")), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in importlib.metadata.requires(name) or []:
            if "extra ==" in line or "extra==" in line:
                continue
            need = re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", line)[0]).lower()
            try:
                importlib.metadata.version(need)
            except importlib.metadata.PackageNotFoundError:
                continue  # for another system or another Python
            todo.append(need)
    assert seen <= set(pinned), f"à ajouter à constraints.txt : {sorted(seen - set(pinned))}"
    leftover = set(pins("constraints.txt")) - seen
    assert not leftover, f"plus utile dans constraints.txt : {sorted(leftover)}"


@pytest.mark.parametrize("package", sorted(pins("requirements.txt")))
def test_every_requirement_is_used_by_the_program(package: str):
    modules = MODULES.get(package, (package.replace("-", "_"),))
    assert modules is None or set(modules) & imported(*PROGRAM), (
        f"{package} n'est importé nulle part : à retirer de requirements.txt"
    )


def test_the_program_imports_nothing_that_is_not_required():
    known = {
        module
        for package in pins("requirements.txt")
        for module in MODULES.get(package) or (package.replace("-", "_"),)
    }
    # branca is folium's own drawing layer: same project, pinned with it.
    # PySpark is for those who have a cluster: requirements-spark.txt, and a message without it.
    known |= {"essgeo", "branca", "pyspark", "py4j"} | set(sys.stdlib_module_names)
    assert not imported(*PROGRAM) - known


def test_streamlit_stays_in_the_interface():
    pure = [
        path.relative_to(ROOT).as_posix()
        for path in committed()
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "essgeo")
        and not path.is_relative_to(ROOT / "essgeo" / "ui")
    ]
    assert not {"streamlit", "streamlit_folium"} & imported(*pure)


# --- settings, documents ------------------------------------------------------------------------


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "reglages.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert set(SETTINGS) <= documented
    for setting in SETTINGS.values():
        assert setting.help in text, f"docs/reglages.md ne dit pas de {setting.name} : {setting}"


def test_every_variable_that_the_project_reads_is_documented():
    text = (ROOT / "docs" / "reglages.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(ESSGEO_[A-Z_]+)`", text))
    # Those with TEST in their name are how the tests talk to the programs they start.
    read = {
        name
        for path, content in text_files()
        if path.suffix in {".py", ".sh"} or path.name == "run"
        for name in re.findall(r"\bESSGEO_[A-Z_]+\b", content)
        if not name.startswith("ESSGEO_TEST")
    }
    assert read == documented


def test_no_variable_is_read_behind_the_settings():
    """The program's own variables go through `SETTINGS`, which the documentation lists."""
    for path, content in text_files():
        if path.is_relative_to(ROOT / "essgeo") and path.suffix == ".py":
            assert set(re.findall(r"\bESSGEO_[A-Z_]+\b", content)) <= set(SETTINGS), path


def test_the_change_log_speaks_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## .*\b{re.escape(__version__)}\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "NOTICE", "CHANGELOG.md"])
def test_what_a_visitor_looks_for_is_there(name: str):
    assert len((ROOT / name).read_text(encoding="utf-8")) > 400


def test_links_between_documents_lead_somewhere():
    broken = []
    for path, content in text_files():
        if path.suffix != ".md":
            continue
        broken += [
            f"{path.relative_to(ROOT)} -> {target}"
            for target in re.findall(r"\]\(([^)#\s]+)", content)
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists()
        ]
    assert not broken


# --- what is never committed --------------------------------------------------------------------

#: Put together from pieces, so that this file does not contain what it forbids.
FORBIDDEN = {
    "un chemin de la machine": "|".join(
        re.escape(piece)
        for piece in ("/" + "work/", "/" + "root/", "/" + "tmp/venv", "/" + "home/")
    ),
    "un dossier voisin": re.escape("../" + "shared") + "|" + re.escape("." + "library"),
    "l'adresse d'un registre": "|".join(
        ("--(extra-)?index" + "-url", "python" + "hosted", "registry" + r"\.npm", r"pypi\." + "org")
    ),
    "un assistant": r"(?i)\b("
    + "|".join(("chat" + "gpt", "copi" + "lot", "open" + "ai", "anthro" + "pic"))
    + r")\b",
    "un secret": r"(?i)(api[_-]?key|secret[_-]?key|password)\s*=\s*['\"][^'\"]{8,}",
    "une fusion inachevée": "^(<{7}|>{7}) ",
}


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_nothing_that_does_not_concern_the_project_is_committed(what: str):
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{path.relative_to(ROOT)} : {match[0]}"
        for path, content in text_files()
        if (match := pattern.search(content))
    ]
    assert not found


def test_real_files_are_not_committed(reel: Path):
    """Compare by content: a copy under another name would be one too."""
    real = {path.read_bytes() for path in reel.iterdir() if path.is_file()}
    assert not [path for path in committed() if path.read_bytes() in real]


def test_no_committed_file_is_too_heavy():
    sizes = {path: path.stat().st_size for path in committed()}
    assert not [path for path, size in sizes.items() if size > 6 * MEGABYTE]
    data = sum(size for path, size in sizes.items() if path.is_relative_to(ROOT / "data"))
    assert data <= 12 * MEGABYTE


def test_third_party_javascript_is_not_committed():
    ours = ROOT / "essgeo"
    foreign = [
        path
        for path in committed()
        if path.suffix in {".js", ".css"}
        and (".min." in path.name or not path.is_relative_to(ours))
    ]
    assert not foreign


# --- commands -----------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("make") is None, reason="make est introuvable")
@pytest.mark.parametrize("target", ["run", "test", "lint", "bench", "demo"])
def test_make_goes_through_lancer(target: str):
    # These tests may themselves run under make, which tells a make below it to name its folder.
    outside = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    said = subprocess.run(
        ["make", "-n", "--no-print-directory", target, "OPTIONS=-x", "PYTHON=python3"],
        cwd=ROOT,
        env=outside,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == f"python3 lancer.py {target} -x"


@pytest.mark.skipif(os.name == "nt", reason="script de bash")
def test_the_script_of_continuous_integration_is_ready_to_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
