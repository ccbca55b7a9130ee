# Verbs of the project; `make help` lists them. Everything is installed into .venv.

PYTHON ?= python3
APP_PORT ?= 8000
DASHBOARD_PORT ?= 8866
NETWORK ?= cnn
BROWSER ?= yes
TORCH ?= no
LAN ?= no

ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
ifdef DIGITLIB_DATA  # notebooks run in a folder of their own
  export DIGITLIB_DATA := $(abspath $(DIGITLIB_DATA))
endif
ifdef DIGITLIB_DIGITS
  export DIGITLIB_DIGITS := $(abspath $(DIGITLIB_DIGITS))
endif
EXTRAS := batch,learn,test
PINS := pyproject.toml requirements.txt
PYTEST = $(BIN)/python -m pytest -n auto  # how many at once: see tests/conftest.py
INSTALL = $(BIN)/python -m pip install --quiet --quiet -c requirements.txt

.PHONY: help demo workshop test check coverage lab data train notebooks teaching badges bench fuzz lint check-notebooks audit pins clean

help:  ## list the verbs
	@$(PYTHON) -c "import re; [print(f'make {v:<15} {h}') for v, h in re.findall(r'(?m)^([\w-]+):.*?## (.*)', open('Makefile').read())]"

demo: .venv/.demo  ## dashboard and web app on this machine, until Ctrl-C
	@$(BIN)/python -m digitlib demo --app-port $(APP_PORT) --dashboard-port $(DASHBOARD_PORT)

workshop: .venv/.demo  ## checks, then both pages for a class (LAN=yes lets its phones in)
	@$(BIN)/python -m digitlib workshop --app-port $(APP_PORT) --dashboard-port $(DASHBOARD_PORT) $(if $(filter yes,$(LAN)),--lan)

ifeq ($(TORCH),yes)
test: .venv/.torch
endif
test: .venv/.all  ## every test: library, web app, notebooks, pages in a real browser
ifeq ($(BROWSER),yes)
	@$(BIN)/python tests/browser/chromium.py --install
	$(PYTEST)
else
	$(PYTEST) --ignore tests/browser
endif

check: lint  ## style, types, imports and the fast tests, in under 90 seconds: for every day
	$(PYTEST) --ignore tests/browser -m "not slow"

coverage: .venv/.all  ## which lines of digitlib and app no test reaches (without a browser)
	$(PYTEST) --ignore tests/browser --ignore tests/test_notebooks.py --cov --cov-report=term-missing:skip-covered

lab: .venv/.all  ## open the notebooks in JupyterLab
	$(BIN)/python -m digitlib lab

data: .venv/.all  ## fetch MNIST, checked, for a room without internet
	$(BIN)/digitlib data

train: .venv/.all  ## train a network on MNIST (NETWORK=mlp, tiny, lenet or cnn)
	$(BIN)/python -m digitlib train --network $(NETWORK)

notebooks: .venv/.all  ## run the notebooks again and keep their outputs
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False \
	  --ExecutePreprocessor.coalesce_streams=True notebooks/0*.ipynb notebooks/solutions/*.ipynb

teaching: .venv/.all  ## build the teacher's pages and slides to print, into teaching/html
	$(BIN)/python -m teaching.build

badges: .venv/.all  ## badges for Binder and Colab (ADDRESS=https://..., where your copy is public)
	$(BIN)/python -m teaching.badges $(ADDRESS)

bench: .venv/.all  ## measure speed and memory on this machine
	$(BIN)/python -m benchmarks --train && $(BIN)/python -m benchmarks.load

fuzz: .venv/.all  ## 10,000 mutated pictures, 2,000 made-up requests, the largest of each format
	$(BIN)/python -m tests.fuzz && $(BIN)/python -m pytest -q tests/reading/test_memory.py

lint: .venv/.all  ## check style, types, and which wing imports which
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

check-notebooks: .venv/.all  ## check that the notebooks are executed, clean and in form
	$(BIN)/python -m pytest -q tests/test_notebooks.py -m "not slow"

audit: .venv/.all  ## look up every pin's known vulnerabilities, and keep the dated result
	$(INSTALL) pip-audit
	$(BIN)/pip-audit --strict --no-deps -r requirements.txt --format json --output docs/audit-$$(date -u +%F).json

pins: .venv/.all  ## compile requirements.txt anew from pyproject.toml
	$(INSTALL) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra $(EXTRAS) \
	  --no-header --no-annotate pyproject.toml -o requirements.txt

clean:  ## remove .venv and all caches
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, True) for d in ('.venv', '.pytest_cache', '.mypy_cache', '.ruff_cache')]"

.venv/pyvenv.cfg:
	@$(PYTHON) -c "import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else 'Python 3.11, 3.12 or 3.13 is needed, this is ' + sys.version.split()[0] + ': make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv .venv

.venv/.demo: .venv/pyvenv.cfg $(PINS)
	@echo "Installing what the pages need (once, about 0.5 GB) ..."
	@$(INSTALL) -e .
	@touch $@

.venv/.all: .venv/pyvenv.cfg $(PINS)
	@echo "Installing everything, TensorFlow too (once, about 3 GB) ..."
	@$(INSTALL) -e ".[$(EXTRAS)]"
	@touch $@ .venv/.demo

.venv/.torch: .venv/.all
	@echo "Installing PyTorch (once) ..."
	@$(INSTALL) -e ".[torch]"
	@touch $@
