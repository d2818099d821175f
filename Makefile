# Each target sets up what it needs.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready
OTTER := $(VENV)/otter
OTTER_READY := $(OTTER)/ready
RUN := $(VENV)/bin/python

# Tests that share something slow run in one process (autograder/tests/support/slow.py).
PYTEST := $(RUN) -m pytest -n logical --maxprocesses 4 --dist loadscope --durations 10

COMPILE := $(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --quiet \
  --no-annotate --no-header --no-emit-index-url
# The same versions as in requirements.lock; torch itself picks its packages for GPUs, or none.
pins = $(COMPILE) --constraint requirements.lock $(2) \
  | grep -v -E '^(nvidia|cuda|triton)' > requirements-$(1).lock

# What `make validate` runs. One that has passed runs again when a file that it reads has changed.
VALIDATE := known-bugs false-failures mutation digits tests
VALIDATED := results/validation
VALIDATION := autograder/validation
CHECKS := solution checkkit tests autograder/hidden grading.yaml
JUDGING := $(CHECKS) autograder/grading/judging autograder/grading/sandbox \
  $(VALIDATION)/known_bugs $(VALIDATION)/reach.py
files_of = $(shell find $(1) -type f ! -path "*/__pycache__/*")

.PHONY: demo test test-slow test-all validate matrix bench loadtest release setup packages lint lock clean

demo: $(READY) packages  ## grade the demo submissions, train, show digits, write the report
	$(VENV)/bin/autograder demo --output demo-results

test: $(READY) packages lint  ## before every commit (minutes): lint, types, fast tests
	$(PYTEST)

test-slow: $(READY) packages  ## the tests that make test leaves out
	$(PYTEST) --slow --training -m "slow or training"

test-all: test test-slow  ## every test (half an hour)

validate: $(READY) packages  ## validate the checks (hours; continues an interrupted run); VALIDATE="mutation" JOBS=4
	$(MAKE) --keep-going $(VALIDATE:%=$(VALIDATED)/%.passed)

matrix: $(READY) packages  ## fast tests on every Python >= 3.11, and with torch 2.6; MATRIX="3.13"
	sh .ci/matrix $(MATRIX)

bench: $(READY)  ## compare the speed with diffusers; BENCH="--device cuda --full" passes options
	$(RUN) -m autograder.validation.performance.bench $(BENCH)

loadtest: $(OTTER_READY) packages  ## grade 500 submissions, also with other graders (hours); LOADTEST="--count 20"
	$(RUN) -m autograder.validation.performance.loadtest --otter $(OTTER)/bin/python $(LOADTEST)

lint: $(READY)  ## style, spelling, types, imports, and the rules of this repository
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/codespell
	$(VENV)/bin/pyright
	PYTHONPATH=solution $(VENV)/bin/lint-imports --no-logo --no-cache
	$(VENV)/bin/autograder lint

release: $(READY)  ## build everything that students and platforms get, into build/; RELEASE="--profile NAME"
	$(VENV)/bin/autograder release $(RELEASE)

setup: $(READY) packages

$(VALIDATED)/known-bugs.passed: $(call files_of,$(JUDGING))
	$(VENV)/bin/autograder validate --known-bugs --output $(@:.passed=) $(if $(JOBS),--jobs $(JOBS))
	@touch $@

$(VALIDATED)/false-failures.passed: $(call files_of,$(JUDGING) $(VALIDATION)/false_failures)
	$(VENV)/bin/autograder validate --false-failures --output $(@:.passed=) $(if $(JOBS),--jobs $(JOBS))
	@touch $@

$(VALIDATED)/mutation.passed: $(call files_of,$(JUDGING) $(VALIDATION)/mutation autograder/tests/unit/solution)
	$(VENV)/bin/autograder validate --mutation --output $(@:.passed=) $(if $(JOBS),--jobs $(JOBS))
	@touch $@

# Measures the limits of the check of `digits` again, if the code has changed on which they rest.
$(VALIDATED)/digits.passed: $(call files_of,$(CHECKS) $(VALIDATION)/known_bugs)
	$(RUN) -m autograder.validation.digits.recalibrate
	@mkdir -p $(@D) && touch $@

# The tests that take longest, such as the solved notebook of every profile and all attacks.
$(VALIDATED)/tests.passed: $(call files_of,$(CHECKS) autograder profiles notebooks starter)
	$(PYTEST) --slow --training -m validation --quiet
	@mkdir -p $(@D) && touch $@

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than Python 3.11: run make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python has no venv module: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages (torch is large: a minute or more) ..."
	$(VENV)/bin/pip install --quiet --requirement requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --editable .
	@touch $(READY)

$(OTTER_READY): $(READY) requirements-loadtest.lock
	@echo "Installing otter-grader, in a separate environment that uses the torch of the first ..."
	$(RUN) -m venv $(OTTER)
	$(RUN) -c 'import site; print(site.getsitepackages()[0])' \
	  > $$($(OTTER)/bin/python -c 'import site; print(site.getsitepackages()[0])')/zz-main.pth
	$(OTTER)/bin/pip install --quiet --no-deps --requirement requirements-loadtest.lock
	@touch $(OTTER_READY)

packages:  # bubblewrap isolates submissions; tests use Chromium and ip
	@sh .ci/packages bubblewrap:bwrap chromium:chromium iproute2:ip

lock: $(READY)  ## resolve every list of packages again, for every platform
	$(COMPILE) --upgrade --extra staff --extra dev --extra tensorboard --extra inception -o requirements.lock
	$(call pins,student)
	$(call pins,notebook,--extra notebook)
	$(call pins,loadtest,--extra loadtest)

clean:
	rm -rf $(VENV) demo-results .pytest_cache .ruff_cache *.egg-info
