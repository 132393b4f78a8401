# Everything starts here: `make run` on a fresh clone is enough. Needs python3 (3.11 to 3.13), make and git.
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT := $(PYTHON) .ci/environment.py
CLAIMS := $(filter-out __init__ report load looking peers many_runs apscheduler_alone,$(basename $(notdir $(wildcard benchmarks/*.py))))

.DEFAULT_GOAL := help
.PHONY: help run env platform ray test lint bench torture lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: env  ## start the interface, the worker and the scoring API; Ctrl-C stops all three
	@exec $(BIN)/pilothouse up

env:  ## make or refresh the environment in .venv
	@$(ENVIRONMENT)

platform:  ## add the platform extras: Kubeflow, Feast, DVC, S3
	@$(ENVIRONMENT) platform

ray:  ## add Ray
	@$(ENVIRONMENT) ray

test: lint  ## every check and test, with the system parts they need
	@.ci/system-parts
	@.ci/tests

lint:  ## style, import directions, types
	@$(ENVIRONMENT) dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

torture:  ## the long fault runs
	@$(ENVIRONMENT) dev
	@.ci/system-parts
	@$(BIN)/pytest -m torture tests

bench:  ## the side-by-side benchmarks; writes benchmarks/results.md
	@$(ENVIRONMENT) dev
	@for claim in $(CLAIMS); do $(BIN)/python -m benchmarks.$$claim || failed=1; done; test -z "$$failed"

lock:  ## solve the requirement lists anew (needs uv)
	@.ci/lock

clean:  ## remove the environment and all caches; your data in .pilothouse stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
