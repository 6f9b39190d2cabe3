"""Measurements: ``python -m bench [join] [app]``, or ``make bench`` for all of them."""
