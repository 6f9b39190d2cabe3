"""Entry of ``python -m essgeo``."""

import sys

from essgeo.cli import main

if __name__ == "__main__":
    sys.exit(main())
