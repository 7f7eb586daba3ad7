# One command for each habit. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
# Tests that run at once; half of a test is waiting.
WORKERS ?= 3
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo up test coverage soak check bench bench-lists bench-opt-outs bench-archive lock schemas clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Agent Messiah needs Python 3.11 or newer; run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(RUNTIME) ## make the environment in .venv from the hashed lock

setup-dev: $(DEV) ## the same, with what tests and checks need

demo: setup ## one simulated call, live in this terminal
	$(BIN)/messiah demo

up: setup ## the whole system on http://127.0.0.1:8000, until Ctrl-C
	$(BIN)/messiah up

test: setup-dev ## every test this machine can run
	@if docker info >/dev/null 2>&1; then export WITH_ENGINE=1; else \
	  echo "!!! no container engine answers: compose, testcontainers and PostgreSQL are not tested !!!" >&2; fi; \
	$(BIN)/python -m compileall -q contracts services simulator messiah; \
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TEST_OPTIONS)

coverage: ## the same, and which lines and branches no test reaches; takes half as long again
	$(MAKE) test TEST_OPTIONS="--cov --cov-report=term:skip-covered"

soak: setup-dev ## a campaign of LEADS=10000 while replies are lost and dialers killed; the report is in var/soak.json
	@mkdir -p var
	SOAK_LEADS=$(or $(LEADS),10000) SOAK_REPORT=$(CURDIR)/var/soak.json $(BIN)/pytest -q tests/chaos/test_whole_campaign.py
	@cat var/soak.json

check: setup-dev ## format, lint, types, layers and schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m messiah.schemas --check

bench: setup-dev ## how long callers wait, and what a turn costs
	$(BIN)/python -m benchmarks.turns

bench-lists: setup-dev ## how long a list of 100,000 leads takes, and whether calls notice
	$(BIN)/python -m benchmarks.lists

bench-opt-outs: setup-dev ## how soon after "take me off the list" nobody can be called any more
	$(BIN)/python -m benchmarks.opt_outs

bench-archive: setup-dev ## how long the console's pages take with 100,000 calls; DATABASE=postgresql://... for that
	$(BIN)/python -m benchmarks.archive $(if $(DATABASE),--database $(DATABASE))

schemas: setup-dev ## write contracts/schemas/*.json anew
	$(BIN)/python -m messiah.schemas

lock: setup-dev ## resolve the dependencies anew
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
	  --extra build -q -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
	  --extra build --extra dev -c requirements.txt -q -o requirements-dev.txt pyproject.toml

clean: ## remove the environment and what runs left behind
	rm -rf $(VENV) var .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
