# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
# Each sets up its own environment in .venv; Python 3.11 or newer, git and make are all that is needed.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: demo test test-long bench lint clean

demo: .venv/ready
	$(BIN)/plantsim run layouts/tablets.yaml --weeks 8 --replications 20 --out results/tablets

test: .venv/ready-dev lint
	$(BIN)/python -m pytest -q -n 2 -m 'not long' --nbmake tests plantsim notebooks

test-long: .venv/ready-dev
	$(BIN)/python -m pytest -q -m long tests

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/ready-dev
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python tests/benchmarks/studies.py

.venv/ready: pyproject.toml
	@test -n "$(PYTHON)" || { echo "plantsim needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv results build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
