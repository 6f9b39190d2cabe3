"""Scripts and style sheets of the map: served beside the app, or handed as text.

Leaflet comes installed (XStatic-Leaflet): nothing is fetched from elsewhere. Files are copied into
a folder named by a hash of their content, so that a browser may keep them for ever.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from essgeo.errors import UsageError
from essgeo.files import cannot_write

_OWN = Path(__file__).with_name("assets")

#: Addresses of the app and of its static folder as seen from the map's frame, which is two levels
#: deep (``component/streamlit_folium.st_folium/``): relative, so that ``server.baseUrlPath`` holds.
FRAME_ROOT = "../.."
FROM_FRAME = f"{FRAME_ROOT}/app/static"

#: Folder inside the app's static folder that holds everything of the map.
FOLDER = "essgeo"


@dataclass(frozen=True)
class Assets:
    """Where a map takes its scripts and styles from.

    Parameters
    ----------
    scripts, styles
        Name and address of each, in the order of loading.
    base
        Address of the folder that holds the data folders of maps.
    """

    scripts: tuple[tuple[str, str], ...]
    styles: tuple[tuple[str, str], ...]
    base: str


@cache
def leaflet() -> Path:
    """Return the folder of the installed Leaflet.

    Raises
    ------
    UsageError
        XStatic-Leaflet is not installed.
    """
    try:
        spec = importlib.util.find_spec("xstatic.pkg.leaflet")
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        msg = (
            "La carte a besoin de XStatic-Leaflet : installez les dépendances "
            "(pip install -r requirements.txt)."
        )
        raise UsageError(msg)
    return Path(next(iter(spec.submodule_search_locations))) / "data"


@cache
def script() -> str:
    """Return our own script, its parts joined in the order of their names."""
    return "\n".join(part.read_text("utf-8") for part in sorted(_OWN.glob("*.js")))


@cache
def style() -> str:
    """Return our own style sheet."""
    return (_OWN / "carte.css").read_text("utf-8")


def publish(static: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Make a folder whole or not at all; an existing one is kept, for its name says its content.

    Parameters
    ----------
    static
        The app's static folder; made if missing.
    name
        Name of the folder to make, with a hash of its content.
    fill
        Writes the files into the folder it is given.

    Raises
    ------
    UsageError
        The folder cannot be written.
    """
    home = static / FOLDER
    target = home / name
    if target.is_dir():
        return target
    try:
        home.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".partiel-", dir=home))
    except OSError as error:
        raise UsageError(cannot_write(target, error)) from error
    try:
        fill(beside)
        beside.chmod(0o755)
        try:
            beside.replace(target)
        except OSError:
            # Another process may have published the same content meanwhile: same name, same bytes.
            if not target.is_dir():
                raise
    except OSError as error:
        raise UsageError(cannot_write(target, error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def served(static: Path, prefix: str = FROM_FRAME) -> Assets:
    """Copy scripts and styles into the app's static folder and say where the browser finds them.

    Parameters
    ----------
    static
        The app's static folder (``static/`` beside the main script, served when
        ``server.enableStaticServing`` is on).
    prefix
        Address of that folder as seen from the page that holds the map.

    Raises
    ------
    UsageError
        Leaflet is not installed, or the folder cannot be written.
    """
    source = leaflet()
    images = sorted((source / "images").glob("*.png"))
    contents = {
        "leaflet.js": (source / "leaflet.js").read_bytes(),
        "leaflet.css": (source / "leaflet.css").read_bytes(),
        "carte.js": script().encode(),
        "carte.css": style().encode(),
        **{f"images/{image.name}": image.read_bytes() for image in images},
    }
    digest = hashlib.sha256()
    for file, content in contents.items():
        digest.update(f"{file}:{len(content)}:".encode())
        digest.update(content)
    name = f"outils-{digest.hexdigest()[:12]}"

    def fill(folder: Path) -> None:
        (folder / "images").mkdir()
        for file, content in contents.items():
            (folder / file).write_bytes(content)

    publish(static, name, fill)
    base = f"{prefix}/{FOLDER}"
    return Assets(
        scripts=(
            ("leaflet", f"{base}/{name}/leaflet.js"),
            ("essgeo", f"{base}/{name}/carte.js"),
        ),
        styles=(
            ("leaflet_css", f"{base}/{name}/leaflet.css"),
            ("essgeo_css", f"{base}/{name}/carte.css"),
        ),
        base=base,
    )
