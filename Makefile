# Two commands: `make study` and `make test`. Needs python3 (>= 3.11), bash, make, a package index.
SHELL := bash
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: help env study figures report documents archive published crate smoke explore test benchmark planning hours faults fuzz format lock

help:
	@sed -n 's/^# \(`make.*\)/\1/p; s/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

study: env ## the default study: figures and the table of claims
	@echo "study: running the default study; every finished job is kept if you stop it"
	$(SNAKEMAKE)
	@for s in $$($(BIN)/python -c "import yaml; print(*yaml.safe_load(open('config/config.yaml'))['run'])"); do \
		echo "study: figures in results/$$s/figures, claims in results/$$s/claims.csv"; done

figures: env ## the figures of the finished runs in results/archive, running nothing (two minutes)
	@test -n "$(wildcard results/archive/*)" || { \
		echo "figures: results/archive is empty; make archive STUDY=NAME packs the finished runs of a study"; exit 1; }
	$(SNAKEMAKE) $(notdir $(wildcard results/archive/*)) --config archive=only

# of STUDIES, running what they lack, or of what the archive holds, running nothing
REPORTED := $(or $(STUDIES),$(notdir $(wildcard results/archive/*)))
EMPTY :=
COMMA := ,
report: env ## results/report/index.html: claims, faults, cost (about a minute; STUDIES="laptop" computes)
	@test -n "$(REPORTED)" || { \
		echo "report: results/archive is empty; name studies: make report STUDIES=\"laptop\""; exit 1; }
	$(SNAKEMAKE) results/report/index.html --config "run=[$(subst $(EMPTY) ,$(COMMA),$(strip $(REPORTED)))]" \
		archive=$(if $(STUDIES),compute,only)
	@cat results/report/summary.md
	@echo "report: results/report/index.html"

documents: env ## the marked tables of README.md and docs/results.md anew, from the finished runs in results/archive
	@test -n "$(wildcard results/archive/*)" || { \
		echo "documents: results/archive is empty; make archive STUDY=NAME packs the finished runs of a study"; exit 1; }
	$(SNAKEMAKE) results/documents/README.md results/documents/results.md --config archive=only
	cp results/documents/README.md README.md
	cp results/documents/results.md docs/results.md

crate: env ## results/crate.zip: the same as a Workflow Run RO-Crate, with checksums and licences
	@test -n "$(REPORTED)" || { \
		echo "crate: results/archive is empty; name studies: make crate STUDIES=\"laptop\""; exit 1; }
	rm -f results/crate.zip
	$(SNAKEMAKE) results/crate.zip --config "run=[$(subst $(EMPTY) ,$(COMMA),$(strip $(REPORTED)))]" \
		archive=$(if $(STUDIES),compute,only)

archive: env ## put the finished runs of a STUDY into results/archive, which is committed
	@test -n "$(STUDY)" || { echo "archive: which study? make archive STUDY=weighted_retraining"; exit 1; }
	rm -f results/$(STUDY)/packed.txt
	$(SNAKEMAKE) results/$(STUDY)/packed.txt

published: env ## config/published once more, from the authors' released runs (a download), and what differs
	$(SNAKEMAKE) results/published/weighted_retraining.csv
	@for t in weighted_retraining audit; do \
		diff config/published/$$t.csv results/published/$$t.csv && echo "published: $$t.csv is as committed"; done

smoke: env ## all tasks and methods, tiny (minutes)
	@echo "smoke: running the smoke study"
	$(SNAKEMAKE) smoke
	@echo "smoke: figures in results/smoke/figures, claims in results/smoke/claims.csv"

explore: env ## a slider in the browser: make explore CHECKPOINT=FILE [SETTINGS="port=9000"]
	@test -n "$(CHECKPOINT)" || { echo "explore: name a model: make explore CHECKPOINT=results/models/NAME/checkpoint.safetensors"; exit 1; }
	PYTHONPATH=src $(BIN)/python -m lso.explore "$(CHECKPOINT)" $(SETTINGS)

test: env ## all tests, the smoke study end to end among them
	@echo "test: running all tests"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests --numprocesses logical --maxprocesses 4 \
		--dist loadfile --no-loadscope-reorder

benchmark: env ## timings of tests/benchmarks
	OMP_NUM_THREADS=2 $(BIN)/python -m pytest tests/benchmarks --benchmark-only

planning: env ## planning time and memory of 500 to 8,000 jobs (minutes)
	$(BIN)/python tests/benchmarks/planning.py

hours: env ## core hours of every study, predicted from the jobs that have run here
	rm -f results/hours.csv
	$(SNAKEMAKE) results/hours.csv
	@cat results/hours.csv

faults: env ## kills, full disks, damaged files: what they cost (an hour; TIMES=3: minutes)
	$(BIN)/python tests/faults $(TIMES)

fuzz: env ## hostile input: 100,000 decoded objects through every objective, files through every reader
	PYTHONPATH=src $(BIN)/python tests/hostile/decoded_objects.py
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/hostile --hypothesis-profile=fuzz -k "not small_run"

format: env ## format code and rules
	$(BIN)/ruff check --fix . && $(BIN)/ruff format . && $(BIN)/snakefmt Snakefile workflow

env: .venv/stamp ## the virtual environment .venv from the lock

# torch is not in the lock: the machine decides whether it is a CPU or a CUDA build
.venv/stamp: envs/requirements.lock
	@echo "env: installing the locked packages into .venv (about two minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "env: needs python3 >= 3.11, came " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --require-hashes -r $<
	$(BIN)/pip install --quiet torch==2.13.0
	touch $@

lock: ## resolve envs/*.in again (needs uv, and a CPU build of torch among pip's find-links)
	UV_FIND_LINKS="$$PIP_FIND_LINKS" uv pip compile envs/requirements.in envs/dev.in --quiet \
		--python-version 3.11 --generate-hashes --no-header --no-emit-package torch \
		-o envs/requirements.lock
