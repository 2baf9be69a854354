# The whole developer interface. `make` alone prints this help.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check run bench soak fuzz

help: ## Print this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(STAMP) ## Create .venv from requirements.lock, nothing more

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) (about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Start everything on a sample company and open its queue
	@$(BIN)/triage demo

run: setup ## Run the service with ./config.yaml
	@$(BIN)/triage run

check: setup ## Format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup ## All tests, with real servers (installed with apt-get when run as root)
	@bash tests/servers/install.sh
	$(BIN)/pytest -n 2 --dist worksteal

bench: setup ## The short set of benchmarks
	$(BIN)/python -m benchmarks

soak: setup ## The long fault run
	$(BIN)/python -m tests.faults.soak

fuzz: setup ## A million inputs through the parser
	$(BIN)/python -m tests.fuzz.parse
