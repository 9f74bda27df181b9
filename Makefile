# Needs git, make, Python 3.11 and a package registry. Each target does its own set-up.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export PIP_NO_WARN_SCRIPT_LOCATION = 1
# Tests start hundreds of processes; each would compile bench anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help eval test test-no-network test-harness check format lock docs clean
.PHONY: bundle offline-install offline-eval offline-test reproduce
CONFIG ?= configs/runs/receipts.yaml
BUNDLE ?= bundle
INTO ?= installed
ANSWERS ?= ../shared/data

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

eval: .venv/core  ## the main job: read the receipts with RapidOCR through VLMEvalKit
	$(BIN)/bench eval --backend vlmevalkit --model rapidocr --task receipts:ocr

bundle: .venv/core  ## pack all that CONFIG needs into the folder BUNDLE
	$(BIN)/bench bundle build $(CONFIG) --out $(BUNDLE)

offline-install:  ## install BUNDLE into the folder INTO; needs sh and Python alone, no network
	sh $(BUNDLE)/install.sh $(INTO)

offline-eval:  ## evaluate with what INTO has: the config that came with it, or CONFIG
	$(INTO)/bench eval --offline $(if $(filter file,$(origin CONFIG)),$(INTO)/config/run.yaml,$(CONFIG))

offline-test: .venv/core  ## make eval where there is no network; an attempt to leave is an error
	$(BIN)/bench env build vlmevalkit rapidocr
	$(BIN)/python tools/noloop.py --watch $(BIN)/bench eval --offline --limit 2 \
	  --backend vlmevalkit --model rapidocr --task receipts:ocr

reproduce: .venv/core  ## published numbers: all that the stored answers below ANSWERS can show
	$(BIN)/bench reproduce
	$(if $(wildcard $(ANSWERS)),$(BIN)/bench reproduce --stored $(ANSWERS))

test: .venv/dev  ## the tests that need no harness
	$(BIN)/python -m pytest -n 4 --dist loadfile

test-no-network: .venv/dev  ## make test where an attempt to leave this machine is seen, and fails
	$(BIN)/python tools/noloop.py --watch $(BIN)/python -m pytest -n 4 --dist loadfile

test-harness: .venv/dev  ## those that take minutes, and those in real environments
	status=0; \
	$(BIN)/python -m pytest -m "thorough and not slow" -n 2 --dist loadfile || status=1; \
	$(BIN)/python -m pytest -m "harness and not slow" -n 2 --dist loadfile --timeout 1500 --durations 5 || status=1; \
	exit $$status

check: .venv/dev  ## linter, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/dev  ## resolve the core's own locks anew (adapters: bench env lock NAME)
	$(BIN)/uv pip compile pyproject.toml --group build $(LOCK_FLAGS) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev $(LOCK_FLAGS) -o requirements-dev.lock
LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade --quiet

docs: .venv/dev  ## write the generated references anew (CLI, report fields, JSON Schema)
	$(BIN)/python -m tools.docs

clean:  ## remove what the targets made here; environments stay (bench env remove)
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/core: requirements.lock pyproject.toml
	@echo "setting up .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/core requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
