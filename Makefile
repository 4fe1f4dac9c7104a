# 12329: `make run` brings up the hotline, `make test` proves it. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench prove lock clean
PY := .venv/bin/python
NAME ?= all
ARGS ?=

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv from the lock file (idempotent)
	@scripts/setup

run: setup ## set everything up and run the hotline with demo data (ARGS="--quiet --no-robots")
	@exec .venv/bin/hotline run --demo --sms $(ARGS)

test: setup ## everything: style, types, arrows, unit tests, real Asterisk
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -n 2 -m "not asterisk and not postgres and not browser and not prove" tests
	$(PY) -m pytest -n 3 --dist loadfile -m "(asterisk or postgres or browser) and not prove" --durations=10 --ignore=tests/stories --ignore=tests/faults tests
	$(PY) -m pytest -n 4 --dist loadfile -m "asterisk and not prove" --durations=10 tests/stories tests/faults

check: setup ## style, types, arrows, quick tests in under a minute: no network, no Asterisk, few examples of each property
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	HYPOTHESIS_PROFILE=check $(PY) -m pytest -n 2 -m "not asterisk and not postgres and not browser and not prove and not thorough" tests

bench: setup ## side-by-side measurements, written to docs/evidence/
	scripts/bench $(NAME)

prove: setup ## the full counts of the Shows lists, written to docs/evidence/NAME.json (NAME=...)
	scripts/prove $(NAME)

lock: ## resolve pyproject.toml anew into requirements.lock (needs uv)
	uv lock -q && uv export -q --no-emit-project --group dev --no-header -o requirements.lock && rm uv.lock

clean: ## remove what was made here, but not recordings and the journal
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
