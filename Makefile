# The verbs of this project. `make demo` and `make test` set up all they need on a fresh Debian and may be repeated.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

DEMO_PACKAGES := tesseract-ocr tesseract-ocr-fin tesseract-ocr-swe bubblewrap openssl unzip python3-venv
TEST_PACKAGES := $(DEMO_PACKAGES) chromium libatomic1 postgresql qpdf strace fuse3 fonts-breip fonts-dkg-handwriting fonts-sjfonts fonts-kristi

# $(call install,packages): installs what is missing; one clear line when a right or the network is missing.
define install
@missing=""; for p in $(1); do \
  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q "ok installed" || missing="$$missing $$p"; done; \
if [ -n "$$missing" ]; then \
  if [ "$$(id -u)" = 0 ]; then as=""; elif command -v sudo >/dev/null; then as="sudo"; else \
    echo "Missing system packages:$$missing. Run as root or install them yourself: apt-get install$$missing" >&2; exit 1; fi; \
  echo "Installing system packages (a minute or two):$$missing"; \
  $$as apt-get -qq update && $$as env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null \
    || { echo "Could not install:$$missing. Is the network up, and may this user install packages?" >&2; exit 1; }; fi
endef

# $(call environment,lock,stamp): the Python environment, made again only when the lock or pyproject.toml changed. pip
# takes nothing whose hash is not in the lock; setuptools is in it too, so that building this package fetches nothing.
define environment
@if [ ! -f $(2) ] || [ pyproject.toml -nt $(2) ] || [ $(1) -nt $(2) ]; then \
  echo "Making the Python environment (.venv): some minutes on the first time"; \
  { [ -x $(BIN)/python ] || $(PYTHON) -m venv .venv; } \
    && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1) \
    && $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . \
    || { echo "Could not install the Python packages. Is the network up?" >&2; exit 1; }; \
  touch $(2); fi
endef

# $(call locked,file,extras): the releases and hashes of all that the extras need, for every Python and machine we support.
define locked
@echo "setuptools>=77" | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
  --default-index https://pypi.org/simple --custom-compile-command "make lock" $(2) pyproject.toml - -o $(1) $(ARGS)
endef

.PHONY: help setup setup-dev demo quick test check format screenshots bench lock clean
help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/'

setup: ## what a point needs: system packages and the Python environment
	$(call install,$(DEMO_PACKAGES))
	$(call environment,requirements.lock,.venv/.point)

setup-dev: ## the same with all that tests and checks need
	$(call install,$(TEST_PACKAGES))
	$(call environment,tests/requirements.lock,.venv/.dev)
	@touch .venv/.point

demo: setup ## the main job on sample scans, start to end
	@$(BIN)/vireille demo

# What a change breaks first: promises, edges and one paper on its whole way; no growth, no pixels, SQLite only.
QUICK := habits ledger scanners routing seal backoffice contract/test_store.py contract/test_queue.py pages faults/test_loop.py \
  faults/test_leftovers.py catalogue/test_rule_language.py catalogue/test_truth_tables.py \
  journeys/test_walk.py::test_a_gap_waits_for_the_advisor_and_the_receipt_confirms

quick: setup-dev ## the tests that matter most for a change, in under two minutes of processor time
	@$(BIN)/pytest -n 2 -q -m "not slow" -k "not postgresql" $(addprefix tests/,$(QUICK)) \
	  --deselect tests/ledger/test_machine.py --deselect tests/seal/test_tampering.py $(ARGS)

test: setup-dev ## all tests
	@$(BIN)/pytest -n 2 -q $(ARGS)

check: setup-dev ## lint, format, types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy

format: setup-dev ## mend what a tool can mend
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

screenshots: setup-dev ## the pictures of README, taken anew from a point at work
	@$(BIN)/python -m tests.screenshots

bench: setup-dev ## the measurements: speed beside OCRmyPDF and Tesseract, accuracy, growth
	$(call install,ghostscript)
	@$(BIN)/python -m tests.bench

lock: setup-dev ## the locks follow pyproject.toml; ARGS=--upgrade takes the newest releases too
	$(call locked,tests/requirements.lock,--all-extras)
	$(call locked,requirements.lock,--extra point -c tests/requirements.lock)

clean: ## remove what was made
	rm -rf .venv build dist *.egg-info
