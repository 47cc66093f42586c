# `make` lists what there is. All of it runs in the virtualenv that ./dev makes.

PYTHON := .venv/bin/python
T ?= tests
M ?= describe the change
S ?= 60
R ?= 8
SEED ?= 1
U ?= http://127.0.0.1:8080

.DEFAULT_GOAL := help
.PHONY: help venv db serve sweep test browser screenshots lint format types check migration bench torture hostile changelog

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## make or refresh the virtualenv
	./dev venv

db: venv config.py ## bring the database to the newest schema
	.venv/bin/pecan populate config.py

serve: db ## serve for development, on what config.py says
	.venv/bin/pecan serve config.py

sweep: db ## do the periodic work
	.venv/bin/pecan sweep config.py

test: ## run the tests (T=path for some of them)
	./dev test $(T)

lint: ## look for mistakes and wrong format
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: ## format the code
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: ## check the types
	$(PYTHON) -m mypy

check: venv lint types test ## everything a change must pass

migration: ## start a migration (M="what it does")
	.venv/bin/alembic -c alembic.ini.in revision -m "$(M)"

bench: venv ## put small loads on a server of your own and print figures
	$(PYTHON) -m bench.loads

browser: ## open every page in Chromium: what axe finds, complaints, strangers, budgets
	./dev browser

screenshots: ## draw docs/pictures, of a service that ./dev demo has filled (U=http://127.0.0.1:8080)
	./dev pictures $(U)

torture: venv ## kill and fill the disk under load, then check every answer (S=seconds, R=reporters, SEED=number)
	$(PYTHON) -m bench.torture --seconds $(S) --reporters $(R) --seed $(SEED)

hostile: venv ## measure what slow and hostile clients cost the others
	$(PYTHON) -m bench.hostile

changelog: ## fold changes/ into CHANGELOG.md (VERSION=number)
	$(PYTHON) changes/fold.py $(VERSION)

config.py: config.py.in
	cp config.py.in config.py
