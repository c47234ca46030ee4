# Every way to run, test and check Syncline. Needs python3 (3.11 or newer) and make; the rest is installed.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
TESTS ?= tests
PYTEST_ARGS ?= -n auto --dist worksteal
CLIENTS := $(or $(SYNCLINE_CLIENTS),.data/clients)
OTHER_CLIENTS := cli aiosalesforce salesforce-bulk cumulusci airbyte-source-salesforce
COMPILE := $(PY) -m uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header -p 3.11

.DEFAULT_GOAL := help

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(PY):
	@test -n "$(PYTHON)" || { echo "Syncline needs Python 3.11 or newer; none was found." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make the installation a no-op until a lock changes.
$(VENV)/.base: requirements/base.txt | $(PY)
	$(PY) scripts/install.py $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(PY)
	$(PY) scripts/install.py $<
	@touch $@ $(VENV)/.base

setup: $(VENV)/.base ## make .venv with everything the product needs

demo: setup ## run everything here: servers, emulated Salesforce, console; prints address and logins
	@exec $(PY) manage.py demo

test: $(VENV)/.dev ## run all tests (installs a browser and real clients when missing); TESTS=path narrows them
	@sh scripts/browser.sh $(PY)
	@sh scripts/clients.sh $(PY) $(CLIENTS) node tap-salesforce
	$(PY) -m pytest $(PYTEST_ARGS) $(TESTS)

test-clients: $(VENV)/.dev ## try the emulated org with all real clients, also those that `test` leaves out
	@sh scripts/clients.sh $(PY) $(CLIENTS) node tap-salesforce $(OTHER_CLIENTS)
	$(PY) -m pytest tests/clients/test_*.py tests/clients/others

check: lint test ## everything that CI does: lint, then test

soak: $(VENV)/.dev ## 200 random histories of 30 steps on both sides; HISTORIES=20x50 chooses others
	SYNCLINE_HISTORIES=$(or $(HISTORIES),200x30) $(PY) -m pytest tests/model

mutants: $(VENV)/.dev ## change the rules of core in 5,000 ways and count what tests/core notices
	$(VENV)/bin/mutmut run $(MUTANTS)
	$(PY) scripts/mutants.py

lint: $(VENV)/.dev ## format, style, types, import layers, migrations and docker-compose.yml
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy syncapp dashboard scripts manage.py
	$(VENV)/bin/lint-imports
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

fmt: $(VENV)/.dev ## format the code and repair what ruff can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench-emulator: setup ## measure the emulated org with a million leads against its limits
	$(PY) -m bench.emulator $(ARGS)

bench: setup ## measure the engine against its floors; ARGS="--help" lists the options
	$(PY) -m bench $(ARGS)

lock: $(VENV)/.dev ## compile requirements/*.in to hashed locks
	$(PY) -m pip install -q uv
	$(COMPILE) requirements/base.in -o requirements/base.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt

servers-stop: setup ## stop the embedded servers of .data and those of the tests
	@$(PY) manage.py servers stop
	@SYNCLINE_DATA=$${SYNCLINE_TEST_DATA:-.data/tests} $(PY) manage.py servers stop

clean: ## remove .venv and caches (the data in .data stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants staticfiles
