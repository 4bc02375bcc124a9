# Needs Python 3.11 or newer, make and git; everything else is installed into .venv* beside this file.
# `make demo` and `make test` are all that most people need.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first python3 here that is new enough and can make virtual environments; PYTHON=… overrides.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)

PIP := -m pip --quiet --disable-pip-version-check
BIN := .venv/bin

# $(call make_venv,FOLDER): one shell command.
make_venv = { test -n "$(PYTHON)" || { echo "no Python 3.11 or newer with venv; name one: make PYTHON=…" >&2; \
	exit 1; }; test -x $(1)/bin/python || "$(PYTHON)" -m venv $(1); }

.PHONY: help demo test test-oracle bench format lock clean

help:
	@echo "make demo         analyze the sample traces"
	@echo "make test         linters, types, import contracts and tests"
	@echo "make test-oracle  compare our numbers with other implementations"
	@echo "make bench        measure speed and memory beside other loaders"
	@echo "make format       put the sources into form"
	@echo "make lock         choose new versions of everything that is pinned"
	@echo "make clean        remove what the other targets made"

demo: .venv/.installed
	$(BIN)/sessiontrace analyze sample_traces

test: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-oracle: .venv-oracle/.installed
	.venv-oracle/bin/python -m pytest tests/oracle_extra $(PYTEST_ARGS)

bench: .venv-bench/.installed .venv/.installed
	.venv-bench/bin/python bench/load.py $(BENCH_ARGS)
	.venv-bench/bin/python bench/analyze.py $(BENCH_ARGS)

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The pins follow from pyproject.toml alone, so they are found in environments of their own.
lock:
	rm -rf .venv-lock
	for extra in dev oracle; do \
		$(call make_venv,.venv-lock); \
		.venv-lock/bin/python $(PIP) install --editable ".[$$extra]"; \
		{ sed -n '/^#/p' requirements/$$extra.txt; \
			.venv-lock/bin/python $(PIP) freeze --exclude-editable; } > requirements/$$extra.new; \
		mv requirements/$$extra.new requirements/$$extra.txt; \
		rm -rf .venv-lock; \
	done

clean:
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find cli tests bench sample_traces -name __pycache__ -prune -exec rm -rf {} +

# Stamp files: a second run installs nothing unless the requirements changed.
.venv/.installed: pyproject.toml requirements/dev.txt
	@$(call make_venv,.venv)
	$(BIN)/python $(PIP) install --constraint requirements/dev.txt --editable .
	@touch $@

.venv/.installed-dev: pyproject.toml requirements/dev.txt
	@$(call make_venv,.venv)
	$(BIN)/python $(PIP) install --constraint requirements/dev.txt --editable ".[dev]"
	@touch $@ .venv/.installed

.venv-oracle/.installed: pyproject.toml requirements/oracle.txt
	@$(call make_venv,.venv-oracle)
	.venv-oracle/bin/python $(PIP) install --constraint requirements/oracle.txt --editable ".[oracle]"
	@touch $@

.venv-bench/.installed: bench/requirements.txt
	@$(call make_venv,.venv-bench)
	.venv-bench/bin/python $(PIP) install --requirement bench/requirements.txt
	@touch $@
