"""Entry of ``python -m essgeo``."""

import gc
import sys

from essgeo.cli import main

if __name__ == "__main__":
    # What a command makes mostly lives to its end: looking through it again and again, and once
    # more on leaving, would cost a tenth of a summary.
    gc.set_threshold(100_000)
    code = main()
    gc.freeze()
    sys.exit(code)
