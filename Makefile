# The commands of this project. They need python3 (3.11 or newer, with venv) and a package index.
.DEFAULT_GOAL := help
.PHONY: help install setup run demo test test-all lint fix check bench pictures lock
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-is-in
DEV := $(VENV)/.dev-is-in
WORDS := $(VENV)/.words-are-in
# Everything comes as a wheel but immutables on Python 3.14, which works without its C part: no compiler is needed.
SYNC = CC=true LDSHARED=true $(BIN)/uv pip sync --quiet --python $(VENV) $(1) || \
  CC=true LDSHARED=true $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(1)
WITH_DATABASE := DEBUG=1 LOG_LEVEL=WARNING DEMO_DIR=.demo/lint $(BIN)/python -m portal.embedded
SLOW := fault or a11y or chaos

PORT ?= 8000
DEMO_DIR ?= .demo
FEED ?=
export PORT DEMO_DIR FEED

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(RUNTIME) $(WORDS)  ## make .venv with what running needs
	@$(BIN)/python -m portal.translations

setup: $(DEV) install  ## and with what working on the code needs

demo: install  ## start the whole portal with invented data [PORT=8000] [DEMO_DIR=.demo] [FEED=an XCRI-CAP file]
	@exec $(BIN)/python -m portal.demo_server

run: setup  ## start the site alone, reloading on every change (data in .demo/run)
	@exec env DEBUG=1 DEMO=1 DEMO_DIR=.demo/run $(BIN)/python -m portal.embedded sh -c '\
	  $(BIN)/python manage.py migrate -v0 && $(BIN)/python manage.py sending on && $(BIN)/python manage.py seed_demo && \
	  exec $(BIN)/python manage.py runserver $(PORT)'

test: setup  ## run the tests but the slow ones (8 to 9 minutes)
	@$(BIN)/python -m tests.chromium --install
	$(BIN)/pytest -n 2 -m "not ($(SLOW))"

test-all: test  ## and the slow ones: faults, accessibility, chaos
	$(BIN)/pytest -n 2 -m a11y
	$(BIN)/pytest -m "(fault or chaos) and not a11y"

lint: setup  ## every gate that is not a test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djangofmt --check templates
	$(BIN)/djangofmt check templates
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/deptry .
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') BASE_URL=https://portal.example.org \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(WITH_DATABASE) $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings_lint $(WITH_DATABASE) $(BIN)/python manage.py lintmigrations --no-cache

fix: setup  ## let the machines format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djangofmt templates
	$(BIN)/djangofmt check --fix templates

check: lint test  ## what must pass before a push

bench: setup  ## measure against plain code, side by side [ONLY=name]
	$(BIN)/python -m bench $(ONLY)

pictures: setup  ## take the pictures of docs/pictures anew
	@$(BIN)/python -m tests.chromium --install
	$(BIN)/python -m tests.pictures

lock: setup  ## resolve the versions of the lock files anew
	$(BIN)/uv pip compile --quiet --upgrade $(COMPILE) --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade $(COMPILE) --constraints requirements.lock --group dev \
	  --output-file requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade $(COMPILE) --constraints requirements.lock \
	  --output-file bench/requirements.lock bench/requirements.in

COMPILE := --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --no-annotate

$(VENV)/.uv-is-in:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed; $(PYTHON) is {sys.version.split()[0]}.")'
	$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@touch $@

$(RUNTIME): requirements.lock | $(VENV)/.uv-is-in
	$(call SYNC,requirements.lock)
	@rm -f $(DEV)
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	$(call SYNC,requirements-dev.lock)
	@touch $@

$(WORDS): $(RUNTIME) courses/search/dictionaries.py
	$(BIN)/python -m courses.search.dictionaries
	@touch $@
