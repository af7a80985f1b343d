# The commands that a person and CI share. They need make and Python 3.11 or newer, nothing else; uv is used where it is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The tests start hundreds of processes: one that may not keep its bytecode compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# The first Python on PATH that is new enough.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
endif

ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python
CREATE = uv venv --quiet --allow-existing --python '>=3.11' $(VENV)
BUILD = uv build --quiet --wheel --out-dir dist
else
# What is imported is compiled then, once; most of what comes along never is.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
CREATE = $(PYTHON) -m venv $(VENV)
BUILD = $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
endif

.PHONY: help demo speed test lint types wheel sbom bench bench-batch bench-link bench-match bench-scale bench-quick load crash fuzz mutants law check clean

help:
	@echo 'make demo         the whole loop on the shipped examples: request, answer, claim, remittance, corrected claim'
	@echo 'make test         all tests; more of them with PostgreSQL and with EDI_CORPUS=DIR, X12 samples of others'
	@echo 'make speed        the compiled judge and linker, for large files (speed/; needs a C compiler)'
	@echo 'make lint types   ruff; mypy --strict'
	@echo 'make wheel        dist/*.whl, tried out in an empty environment'
	@echo 'make sbom         dist/sbom.cdx.json: all that an installation has in it, with versions and licences (CycloneDX)'
	@echo 'make check        what CI runs: test, lint, types, wheel'
	@echo 'make bench        segments per second, memory, start-up, lists (15 minutes; make bench-quick: 2)'
	@echo "                  ARGS=--million: lists of a ledger of a million authorizations (5 minutes more)"
	@echo 'make bench-batch  1,000 files of mixed kinds worked off, against judging and linking them alone (10 minutes)'
	@echo 'make bench-link   claims linked with a ledger of a million authorizations'
	@echo 'make bench-match  remittances matched with the claims that they answer'
	@echo 'make bench-scale  10 GB of claims read, and judged and linked, and ten million linked as sets (GIGABYTES=10; CLAIMS, AUTHORIZATIONS)'
	@echo 'make load         8 processes link and send 10,000 claims on one ledger, on SQLite and PostgreSQL (3 minutes)'
	@echo 'make crash        200 runs over an inbox killed at random, each taken up again (15 minutes; ARGS="--ledger postgres")'
	@echo 'make fuzz         X12 files changed at random, and everything that reads them (SECONDS=60; KEEP=DIR keeps what fails)'
	@echo 'make mutants      how well faults are named, in every guide (3 minutes)'
	@echo 'make law          a million mutants: the fast path accepts nothing that the slow path faults (15 minutes; MUTANTS=N)'
	@echo 'make clean        remove what these commands made'

demo: $(VENV)/.installed
	@$(BIN)/edi demo

speed: $(VENV)/.installed $(VENV)/.speed
	@$(BIN)/python -c 'import edi_speed'

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check edi tests bench
	$(BIN)/ruff format --check edi tests bench

types: $(VENV)/.dev
	$(BIN)/mypy

wheel: $(VENV)/.installed
	rm -rf dist
	$(BUILD)
	PYTHON='$(PYTHON)' .ci/try-wheel dist/*.whl

# Of an environment of its own, with what users install and none of the tools.
sbom: $(VENV)/.installed
	rm -rf build/sbom
	@mkdir -p build/sbom dist
	$(BIN)/python -m venv build/sbom/installed
	$(BIN)/python -m venv build/sbom/tool
	build/sbom/installed/bin/python -m pip install --quiet --disable-pip-version-check '.[all]'
	build/sbom/installed/bin/python -m pip uninstall --quiet --disable-pip-version-check --yes pip setuptools
	build/sbom/tool/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8'
	build/sbom/tool/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/sbom.cdx.json build/sbom/installed/bin/python

bench: $(VENV)/.bench
	$(BIN)/python -m bench $(ARGS)

bench-batch: $(VENV)/.bench
	$(BIN)/python -m bench.batch $(ARGS)

bench-link: $(VENV)/.bench
	$(BIN)/python -m bench.link $(ARGS)

bench-match: $(VENV)/.bench
	$(BIN)/python -m bench.match $(ARGS)

GIGABYTES ?= 10
CLAIMS ?= 10000000
AUTHORIZATIONS ?= 1000000
bench-scale: $(VENV)/.dev
	$(BIN)/python -m bench.scale --gigabytes $(GIGABYTES)
	$(BIN)/python -m bench.loop --gigabytes $(GIGABYTES)
	$(BIN)/python -m bench.sets --claims $(CLAIMS) --authorizations $(AUTHORIZATIONS)
	@if $(BIN)/python -c 'import pyspark' 2>/dev/null; then $(BIN)/python -m bench.spark; \
		else echo 'PySpark is not installed (pip install ".[spark]"): its figures are left out'; fi

bench-quick: $(VENV)/.bench
	$(BIN)/python -m bench --quick $(ARGS)

SECONDS ?= 60
fuzz: $(VENV)/.installed
	$(BIN)/python -m bench.fuzz --seconds $(SECONDS) $(if $(KEEP),--keep $(KEEP)) $(ARGS)

mutants: $(VENV)/.installed
	$(BIN)/python -m bench.mutants $(ARGS)

load: $(VENV)/.dev
	$(BIN)/python -m bench.load $(ARGS)

crash: $(VENV)/.dev
	$(BIN)/python -m bench.crash $(ARGS)

MUTANTS ?= 1000000
law: $(VENV)/.installed
	$(BIN)/python -m bench.law --mutants $(MUTANTS) $(if $(KEEP),--keep $(KEEP)) $(ARGS)

check: test lint types wheel

clean:
	rm -rf $(VENV) build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: done again only when pyproject.toml changed.
$(VENV)/.made: pyproject.toml
ifndef UV
ifeq ($(PYTHON),)
	@echo 'Python 3.11 or newer is needed, as python3 on PATH or as: make PYTHON=/path/to/python3.11' >&2; exit 1
endif
endif
	@echo 'Making the environment in $(VENV) (once; about half a minute) ...'
	@$(CREATE) || { echo 'Python has no working venv module here; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made
	@$(INSTALL) --editable .
	@touch $@

# What has no C compiler, or no headers of Python, does without.
$(VENV)/.speed: $(VENV)/.made $(wildcard speed/*.c speed/*.h speed/pyproject.toml)
	@$(INSTALL) --force-reinstall --no-deps ./speed || echo 'The compiled judge cannot be built here: judged without it' >&2
	@rm -rf speed/build speed/*.egg-info
	@touch $@

# What users install is among it: not installed twice.
$(VENV)/.dev: $(VENV)/.made $(VENV)/.speed
	@echo 'Adding the tools for tests and checks to $(VENV) (once) ...'
	@$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.bench: $(VENV)/.installed $(VENV)/.speed
	@$(INSTALL) --editable '.[bench]' || echo 'oxedi is not to be had here: measured without it' >&2
	@touch $@
