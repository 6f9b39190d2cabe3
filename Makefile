# Every target goes through lancer.py, which needs nothing but Python 3.11 or later.
# `make test OPTIONS="-k lecture"` passes options on.
PYTHON ?= python3
OPTIONS ?=

.PHONY: run test lint bench demo
run test lint bench demo:
	@$(PYTHON) lancer.py $@ $(OPTIONS)
