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
  echo "Installing system packages:$$missing"; \
  $$as apt-get -qq update && $$as env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null \
    || { echo "Could not install:$$missing. Is the network up, and may this user install packages?" >&2; exit 1; }; fi
endef

# $(call environment,extras,stamp): the Python environment, made again only when pyproject.toml changed.
define environment
@if [ ! -f $(2) ] || [ pyproject.toml -nt $(2) ]; then \
  echo "Making the Python environment (.venv)"; \
  [ -x $(BIN)/python ] || $(PYTHON) -m venv .venv; \
  $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[$(1)]' \
    || { echo "Could not install the Python packages. Is the network up?" >&2; exit 1; }; \
  touch $(2); fi
endef

.PHONY: help setup setup-dev demo test check format bench clean
help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/'

setup: ## what a point needs: system packages and the Python environment
	$(call install,$(DEMO_PACKAGES))
	$(call environment,point,.venv/.point)

setup-dev: ## the same with all that tests and checks need
	$(call install,$(TEST_PACKAGES))
	$(call environment,point$(comma)dev,.venv/.dev)
	@touch .venv/.point

demo: setup ## the main job on sample scans, start to end
	@$(BIN)/vireille demo

test: setup-dev ## all tests
	@$(BIN)/pytest -n 2 -q $(ARGS)

check: setup-dev ## lint, format, types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy

format: setup-dev ## mend what a tool can mend
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

bench: setup-dev ## the measurements: speed beside OCRmyPDF and Tesseract, accuracy, growth
	$(call install,ghostscript)
	$(call environment,point$(comma)dev$(comma)bench,.venv/.bench)
	@$(BIN)/python -m tests.bench

clean: ## remove what was made
	rm -rf .venv build dist *.egg-info

comma := ,
