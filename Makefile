# Every verb says what it does and may be run again. All of it lives in .venv, data and dist.
.DEFAULT_GOAL := help
.PHONY: help serve test check bench soak seed lock prices wheel clean
SHELL := /bin/bash

PY := .venv/bin/python
ARGS ?=
KILLS ?= 22
LOCK := --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --quiet

help: ## List the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

serve: ## Serve on http://127.0.0.1:3000 with data in ./data (ARGS="--port 3001" for others)
	@scripts/prepare.sh serve
	@exec .venv/bin/understudy serve $(ARGS)

test: ## Run every test against real servers; prints the time per part
	@scripts/prepare.sh test
	@exec $(PY) scripts/run_tests.py $(ARGS)

check: ## Lint, types and import direction only
	@scripts/prepare.sh check
	@exec $(PY) scripts/run_tests.py lint

bench: ## Measure memory, CPU and latency on this machine
	@scripts/prepare.sh check
	@exec $(PY) -m bench $(ARGS)

soak: ## Load, kill -9 and compare for long (KILLS=100 for more)
	@scripts/prepare.sh test
	@echo "soak: $(KILLS) kills under load while seals go on"
	@CRASH_KILLS=$(KILLS) exec $(PY) -m pytest -q -k survives tests/crash/test_kill.py $(ARGS)

seed: ## Fill the first project with realistic traces (ARGS="--traces 1000")
	@scripts/prepare.sh serve
	@exec .venv/bin/understudy seed $(ARGS)

lock: ## Renew the hash-pinned requirement files (ARGS="--upgrade" for newer versions)
	@scripts/prepare.sh check
	@echo "lock: writing requirements*.txt"
	@.venv/bin/uv pip compile $(LOCK) $(ARGS) pyproject.toml -o requirements.txt
	@.venv/bin/uv pip compile $(LOCK) $(ARGS) pyproject.toml --group build --group lint --group prices \
		--group test -o requirements-dev.txt
	@.venv/bin/uv pip compile $(LOCK) $(ARGS) --group build -o requirements-build.txt
	@.venv/bin/uv pip compile $(LOCK) $(ARGS) --group node -o requirements-node.txt

prices: ## Renew the table of models and prices from the pinned genai-prices
	@scripts/prepare.sh check
	@exec $(PY) -m scripts.build_prices

wheel: ## Build dist/understudy-*.whl
	@scripts/prepare.sh serve
	@echo "wheel: building into dist"
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls -1 dist/*.whl

clean: ## Remove .venv, dist and the tools' caches; never the data
	@echo "clean: removing .venv, dist and caches"
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
