#!/usr/bin/env python3
"""Install and start essgeo with nothing but Python: ``python lancer.py``.

Standard library only, and no syntax newer than Python 3.7, so that an old Python gets a sentence
and not a syntax error.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_MIN = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"

#: Written before an installation starts and removed once it has succeeded: found at the next start,
#: it says that the folder holds half an installation.
UNFINISHED = "essgeo-installation-en-cours"

#: Written once an installation has succeeded: without and with the development tools.
STAMPS = {False: VENV / "essgeo-run.txt", True: VENV / "essgeo-dev.txt"}

USAGE = """\
Usage : python lancer.py [commande] [options]

  run     (par défaut) installe ce qui manque puis ouvre l'application dans le navigateur
          options : celles de Streamlit, par exemple --server.port 8600
  demo    refait le jeu de démonstration de data/ (options : celles de « essgeo demo »)
  test    vérifie le code puis passe les tests (options : celles de pytest)
  lint    vérifie le code seulement
  bench   mesure les performances et réécrit docs/performance.md

La première fois, les bibliothèques sont téléchargées dans le dossier .venv ; ensuite,
l'application démarre sans réseau.
"""

LINT = (
    ("ruff check", ["-m", "ruff", "check", "."]),
    ("ruff format", ["-m", "ruff", "format", "--check", "."]),
    ("mypy", ["-m", "mypy"]),
    # import-linter has no ``-m`` entry of its own.
    ("import-linter", ["-c", "from importlinter.cli import lint_imports_command as main; main()"]),
)

#: What pip says when it cannot reach its index, whatever the system's language.
NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Failed to establish a new connection|ConnectTimeout"
    r"|ReadTimeout|Temporary failure in name resolution|ProxyError|getaddrinfo failed"
)
NO_SPACE = re.compile(r"No space left on device|Errno 28|WinError 112")


class LaunchError(Exception):
    """Something that the person at the keyboard can put right; the text is French."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console in cp1252 must not stop a start because of a typographic space.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if arguments and arguments[0] in ("-h", "--help", "aide", "help"):
        print(USAGE)
        return 0
    named = bool(arguments) and not arguments[0].startswith("-")
    command = arguments[0] if named else "run"
    rest = arguments[1:] if named else list(arguments)
    if command not in COMMANDS:
        print(f"erreur : commande inconnue « {command} ».\n\n{USAGE}", file=sys.stderr)
        return 2
    try:
        check_python(sys.version_info[:2])
        return COMMANDS[command](rest)
    except LaunchError as error:
        print(f"erreur : {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nArrêté.", file=sys.stderr)
        return 130


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that the libraries do not support."""
    if tuple(version) < PYTHON_MIN:
        wanted = ".".join(map(str, PYTHON_MIN))
        found = ".".join(map(str, version))
        raise LaunchError(
            f"Python {wanted} ou plus récent est nécessaire (ici : Python {found}, "
            f"{sys.executable}). Installez-le (https://www.python.org/downloads/), puis relancez "
            f"avec lui, par exemple : python{wanted} lancer.py"
        )


# --- installation -------------------------------------------------------------------------------


def venv_python(venv: Path) -> Path:
    """Return the path of the Python of a virtual environment, existing or not."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp(files: list[Path]) -> str:
    """Return what an up-to-date installation is known by: the content of these files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def ensure(dev: bool = False) -> Path:
    """Make the virtual environment if needed, bring it up to date, and return its Python.

    Nothing is downloaded when the requirement files have not changed since the last installation
    that succeeded. An installation that was interrupted is done again from an empty folder.
    """
    files = [ROOT / "requirements.txt", ROOT / "constraints.txt"]
    if dev:
        files.append(ROOT / "requirements-dev.txt")
    for file in files:
        if not file.is_file():
            raise LaunchError(f"{file} : fichier absent ; reprenez une copie complète du projet.")
    stamp, wanted = STAMPS[dev], wanted_stamp(files)
    python = venv_python(VENV)
    unfinished = VENV / UNFINISHED
    if (
        not unfinished.exists()
        and stamp.is_file()
        and stamp.read_text(encoding="utf-8") == wanted
        and works(python)
    ):
        return python

    make_venv(python, unfinished)
    what = "des bibliothèques" + (" et des outils de développement" if dev else "")
    print(f"Installation {what} dans {VENV} (quelques minutes)…", flush=True)
    install(python, ROOT / ("requirements-dev.txt" if dev else "requirements.txt"))
    stamp.write_text(wanted, encoding="utf-8")
    if dev:  # what running needs has been installed with the rest
        STAMPS[False].write_text(wanted_stamp(files[:2]), encoding="utf-8")
    unfinished.unlink()
    return python


def make_venv(python: Path, unfinished: Path) -> None:
    """Leave a virtual environment that works, marked as unfinished."""
    try:
        if VENV.exists() and (unfinished.exists() or not works(python)):
            if not any(mark.exists() for mark in (unfinished, *STAMPS.values())):
                raise LaunchError(
                    f"{VENV} : cet environnement n'a pas été créé par lancer.py et ne convient pas "
                    "(Python trop ancien, ou sans pip). Supprimez ou renommez ce dossier, puis "
                    "relancez la même commande."
                )
            shutil.rmtree(VENV)
        fresh = not VENV.exists()
        VENV.mkdir(exist_ok=True)
        unfinished.touch()
    except OSError as error:
        raise LaunchError(
            f"{VENV} : écriture impossible ({error.strerror}) ; fermez les programmes qui s'en "
            "servent, supprimez ce dossier à la main ou copiez le projet ailleurs."
        ) from error
    if not fresh:
        return
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if made.returncode or not works(python):
        lines = made.stdout.strip().splitlines()
        detail = f" Message de Python : {lines[-1].strip()}" if lines else ""
        raise LaunchError(
            f"l'environnement Python n'a pas pu être créé dans {VENV}. Sous Debian ou Ubuntu, "
            "installez le module venv (sudo apt install python3-venv) ; ailleurs, réinstallez "
            "Python depuis https://www.python.org/downloads/. Vérifiez aussi la place "
            f"disponible.{detail}"
        )


def works(python: Path) -> bool:
    """Say whether this Python exists, is recent enough and has pip."""
    code = (
        "import sys; from importlib.util import find_spec; "
        f"sys.exit(sys.version_info[:2] < {PYTHON_MIN} or find_spec('pip') is None)"
    )
    try:
        return not subprocess.run([str(python), "-c", code], capture_output=True).returncode
    except OSError:
        return False


def install(python: Path, requirements: Path) -> None:
    """Install what a requirements file lists, showing what pip says.

    Raises
    ------
    LaunchError
        pip failed; the text says what to do when the reason is known.
    """
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    # pip would stay silent for minutes on each package of an index that does not answer.
    command += ["--no-input", "--retries", "2", "--timeout", "20", "--progress-bar", "off"]
    command += ["-r", str(requirements)]
    said = []
    with subprocess.Popen(
        command,
        cwd=str(ROOT),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101 - said for the type checker: PIPE was asked
        for line in process.stdout:
            said.append(line)
            if not line.startswith(("Requirement already", "Using cached")):
                print("  " + line.rstrip(), flush=True)
    if process.returncode:
        raise LaunchError(install_failure("".join(said)))


def install_failure(said: str) -> str:
    """Say in one French line why pip failed and what to do."""
    if NO_NETWORK.search(said):
        return (
            "les bibliothèques n'ont pas pu être téléchargées : pas de réseau, ou un pare-feu le "
            "bloque. Connectez-vous (derrière un proxy, réglez la variable HTTPS_PROXY), puis "
            "relancez la même commande ; une fois installée, l'application se passe de réseau."
        )
    if NO_SPACE.search(said):
        return (
            "le disque est plein : libérez environ 1,5 Go, puis relancez la même commande ; "
            "l'installation reprendra du début."
        )
    if "No matching distribution found" in said:
        version = ".".join(map(str, sys.version_info[:2]))
        return (
            "une bibliothèque n'existe pas pour ce Python ou ce système (voir le message de pip "
            f"ci-dessus). Ici : Python {version} ; essayez Python 3.12, de 64 bits."
        )
    return (
        "l'installation des bibliothèques a échoué (voir le message de pip ci-dessus). Corrigez "
        "la cause, puis relancez la même commande."
    )


def environment() -> dict[str, str]:
    """Return the environment of the programs started: UTF-8, paths that survive a change of folder.

    ``ESSGEO_DATA`` and the like are given from where the person stands, whereas the app is started
    from the project's folder.
    """
    values = dict(os.environ)
    values["PYTHONUTF8"] = "1"
    for name in ("ESSGEO_DATA", "ESSGEO_REEL"):
        if values.get(name, "").strip():
            values[name] = str(Path(values[name].strip()).expanduser().resolve())
    return values


# --- commands -----------------------------------------------------------------------------------


def call(python: Path, arguments: list[str], folder: Path = ROOT) -> int:
    """Run Python on arguments, from the project's folder or another; return its exit code."""
    values = environment()
    if folder != ROOT:
        values["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(ROOT), values.get("PYTHONPATH", "")))
        )
    process = subprocess.Popen([str(python), *arguments], cwd=str(folder), env=values)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Control-C has reached the child too: let it close by itself.
            continue


def run(rest: list[str]) -> int:
    """Start the app; it opens in the browser."""
    python = ensure()
    # Streamlit warns, in English, when the folder it serves is not there yet.
    (ROOT / "static").mkdir(exist_ok=True)
    arguments = ["-m", "streamlit", "run", "app.py", *rest]
    if os.name == "posix":  # on Windows, ``exec`` leaves the server behind and the console free
        sys.stdout.flush()
        values = environment()
        os.chdir(str(ROOT))
        os.execve(str(python), [str(python), *arguments], values)  # noqa: S606 - no shell meant
    return call(python, arguments)


def lint(rest: list[str]) -> int:
    """Run the static checks and return 1 if one complains."""
    if rest:
        raise LaunchError(f"« lint » ne prend pas d'option (reçu : {' '.join(rest)}).")
    python = ensure(dev=True)
    failed = [name for name, arguments in LINT if step(name, python, arguments)]
    if failed:
        print(f"Vérification du code : à corriger ({', '.join(failed)}).", flush=True)
        return 1
    print("Vérification du code : rien à signaler.", flush=True)
    return 0


def step(name: str, python: Path, arguments: list[str]) -> int:
    """Announce a check and run it."""
    print(f"== {name}", flush=True)
    return call(python, arguments)


def test(rest: list[str]) -> int:
    """Run the static checks, then the tests; both must pass, and the tests speak last."""
    checked = lint([])
    python = ensure(dev=True)
    parallel = [] if any(word.startswith(("-n", "-p", "--pdb")) for word in rest) else ["-n", "2"]
    tested = step("pytest", python, ["-m", "pytest", *parallel, "--dist", "loadgroup", *rest])
    return tested or checked


def bench(rest: list[str]) -> int:
    """Measure, and write docs/performance.md."""
    return call(ensure(dev=True), ["-m", "bench", *rest])


def demo(rest: list[str]) -> int:
    """Write the demonstration folder again, by default where the project keeps it."""
    if not any(word == "--out" or word.startswith("--out=") for word in rest):
        rest = ["--out", str(ROOT / "data"), *rest]
    # A relative --out is meant from where the person stands.
    return call(ensure(), ["-m", "essgeo", "demo", *rest], folder=Path.cwd())


COMMANDS = {"run": run, "test": test, "lint": lint, "bench": bench, "demo": demo}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
