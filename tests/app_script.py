"""Runs app.py by its path: AppTest starts here, for it would skip app.py from its second run."""

from __future__ import annotations

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parent.parent / "app.py"), run_name="__main__")
