# Needs git, make and Python 3.11 or newer. Every target sets itself up on first use: a `.venv` with hash-locked
# requirements, the core and every package under providers/. `make help` lists the targets.

SHELL := /bin/sh
VENV := .venv
RUN := $(VENV)/bin/python
RECONCILE := $(VENV)/bin/reconcile
PACKAGES := . $(patsubst %/pyproject.toml,./%,$(wildcard providers/*/pyproject.toml))
SOURCES := src $(wildcard providers/*/src) $(wildcard examples/*/src)
# The stamp names the folder the clone stands in: a copied or moved clone sets itself up again, because editable
# installs hold absolute paths.
STAMP := $(VENV)/.ready-$(shell pwd | cksum | cut -d ' ' -f 1)

.DEFAULT_GOAL := help
.PHONY: help setup test test-slow demo demo-check demo-readme lint format check bench bench-smoke mutants simulate simulate-fixed simulate-fresh schemas \
	schemas-check workflow workflow-check reference reference-check \
	traps traps-check lock supply secrets-baseline audit-dependencies sbom clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r name text; do \
		printf '  make %-18s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## Create .venv and install the locked requirements, the core and every provider
	@:

$(STAMP): requirements/dev.txt pyproject.toml $(wildcard providers/*/pyproject.toml) .ci/venv
	@echo "Setting up $(VENV) (once) ..."
	@.ci/venv $(VENV) requirements/dev.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation \
		$(patsubst %,-e %,$(PACKAGES))
	@rm -f $(VENV)/.ready-*
	@touch $(STAMP)

test: setup ## Run the tests, but for the slow ones
	$(RUN) -m pytest -n 2 --dist worksteal -m "not slow"

test-slow: setup ## Run the slow tests: kill -9, large worlds
	$(RUN) -m pytest -n 2 --dist worksteal -m slow

demo: setup ## Show the whole loop against simulators: plan, apply, hand edits, drift, healed
	@$(RECONCILE) demo

demo-check: setup ## Run the demo and compare it with the transcript in README.md
	@$(RUN) .ci/transcript.py check README.md

demo-readme: setup ## Run the demo and write its transcript into README.md
	@$(RUN) .ci/transcript.py write README.md

lint: setup ## Style, strict types, import direction, workflow files
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy --strict $(SOURCES)
	$(VENV)/bin/lint-imports --no-cache --no-logo
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

supply: setup ## Careless code, secrets, unsafe workflows and scripts; a check that cannot run fails
	@$(RUN) .ci/supply.py check

secrets-baseline: setup ## Write .secrets.baseline; each new line it shows must be no secret
	@$(RUN) .ci/supply.py baseline

audit-dependencies: setup ## Ask an advisory service (over the network) about what is locked
	@$(RUN) .ci/audit.py requirements/runtime.txt requirements/dev.txt requirements/sbom.txt

# Its program brings packages that change what jsonschema does, and how fast: it gets an environment of its own.
sbom: ## Write build/sbom.cdx.json: what the tool is made of, as CycloneDX
	@.ci/venv build/sbom-venv requirements/sbom.txt
	@build/sbom-venv/bin/python .ci/sbom.py requirements/runtime.txt build/sbom.cdx.json

format: setup ## Rewrite the code in the house format
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

check: lint supply schemas-check workflow-check reference-check traps-check test demo-check bench-smoke ## What to run before a push

bench: setup ## Measure times, API calls and memory, as ratios against a peer in the same run
	$(RUN) bench/run.py

bench-smoke: setup ## The benchmarks, small
	$(RUN) bench/run.py --smoke

mutants: setup ## One mutant per gate and per row of the decision table; every one must be killed
	$(RUN) tests/mutants/run.py

simulate: simulate-fixed simulate-fresh ## Live through bad days: 200 fixed worlds and 200 fresh ones, every promise checked

simulate-fixed: setup ## The fixed worlds alone: always the same
	$(RECONCILE) simulate --quiet --seed 20260101 --worlds 200

simulate-fresh: setup ## The fresh worlds alone; the first line says which they are
	$(RECONCILE) simulate --worlds 200

schemas: setup ## Write schemas/ from the models
	$(RECONCILE) schema --write

schemas-check: setup ## Fail when a schema in schemas/ is stale
	$(RECONCILE) schema --check

reference: setup ## Write docs/reference/<provider>.md from the models, keeping what was written by hand
	$(RECONCILE) provider reference --write

reference-check: setup ## Fail when a reference page is stale
	$(RECONCILE) provider reference --check

traps: setup ## Write docs/reference/vendor-traps.md from the marks of the tests
	@$(RUN) .ci/traps.py write

traps-check: setup ## Fail when the page of traps is stale
	@$(RUN) .ci/traps.py check

workflow: setup ## Write .github/workflows/reconcile.yml from the template of `reconcile init`
	@$(RUN) .ci/workflow.py write

workflow-check: setup ## Fail when the workflow is stale
	@$(RUN) .ci/workflow.py check

LOCK := $(RUN) -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: setup ## Lock requirements/*.in again
	$(LOCK) --output-file requirements/runtime.txt requirements/runtime.in
	$(LOCK) --output-file requirements/dev.txt requirements/dev.in
	$(LOCK) --output-file requirements/sbom.txt requirements/sbom.in

clean: ## Remove .venv, caches and build products
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src providers tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
	find src providers -name '*.egg-info' -type d -prune -exec rm -rf {} +
