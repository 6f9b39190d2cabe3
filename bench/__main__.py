"""Run the benches: ``python -m bench [NOM]… [--rapide]``, a name being a key of :data:`BENCHES`.

Each part replaces its own text in docs/performance.md. The exit code is 1 when a promise is not
held, so that a slower version does not pass unseen.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from bench.report import PERFORMANCE, Part, pace, write

#: Name on the command line -> module; each has PACKAGES and run(*, quick: bool) -> Part.
BENCHES = {
    "join": "bench.join",
    "app": "bench.app",
    "analyses": "bench.analyses",
    "construction": "bench.construction",
    "documents": "bench.documents",
    "mes_donnees": "bench.mes_donnees",
}


def main(arguments: list[str]) -> int:
    """Run what is asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Mesure les performances.")
    parser.add_argument("noms", nargs="*", metavar="NOM", help=f"parmi {', '.join(BENCHES)}")
    parser.add_argument(
        "--rapide", action="store_true", help="essai sur peu de données ; n'écrit rien"
    )
    asked = parser.parse_args(arguments)
    unknown = set(asked.noms) - set(BENCHES)
    if unknown:
        parser.error(f"inconnu : {', '.join(sorted(unknown))} (choix : {', '.join(BENCHES)})")
    broken = []
    for key in asked.noms or BENCHES:
        module = importlib.import_module(BENCHES[key])
        before = pace()
        part: Part = module.run(quick=asked.rapide)
        text = part.markdown(module.PACKAGES, (before, pace()))
        print(text, flush=True)
        broken += [f"{key} : {measure.name}" for measure in part.measures if not measure.held]
        if not asked.rapide:
            write(PERFORMANCE, key, text)
    for name in broken:
        print(f"non tenu : {name}", file=sys.stderr)
    return int(bool(broken) and not asked.rapide)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        # A Windows console in cp1252 has no narrow no-break space.
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
