# Two commands: `make up` and `make test`. Everything behind them is config/devstack (plain Python).
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up test bench fuzz lint lock spark assets messages servers stop status env
MAKEFLAGS += --no-print-directory

# The first Python that is new enough. PYTHON=/path/to/python3 make ... chooses another one.
CHECK := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
FIND := for p in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python3.12 python3.13); do \
	if "$$p" -c '$(CHECK)' >/dev/null 2>&1; then echo "$$p"; exit 0; fi; done
RUN := .venv/bin/python -m config.devstack

# Compiled modules are kept, out of the way: a process that compiles the libraries anew takes twice as long to start.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.tools/bytecode

help: ## what there is to type
	@echo "make up      set everything up, start it, print the address; Ctrl-C stops it"
	@echo "             PORT=8010 another port, PORT=0 any free one; LODESTAR_DEMO=0 without the demo company"
	@echo "make test    set everything up and run every test; ARGS=\"tests/unit -k name\" for some"
	@echo "make stop    end what make up has started elsewhere; make status says what runs"
	@echo "make lint    the checks of the code alone"
	@echo "make bench   the benchmarks, written to tests/bench/README.md"
	@echo "make fuzz    files of the corpus with accidents, until a reader breaks; five minutes, ARGS=\"--seconds=60\" one"
	@echo "make spark   a real Spark for the tests of clusters (some 450 MB; takes Java)"
	@echo "make servers only PostgreSQL and Valkey, for work by hand"
	@echo "make lock    write the lock files anew (maintainers)"

env: # the virtual environment, if it does not match the lock file
	@found=$$($(FIND)); \
	if [ -z "$$found" ]; then \
		echo "Lodestar needs Python 3.11, 3.12 or 3.13; none was found."; \
		for p in $(if $(PYTHON),"$(PYTHON)",python3 python); do \
			"$$p" -c 'import sys; print("What is here: Python " + sys.version.split()[0] + ", " + sys.executable)' 2>/dev/null && break; \
		done; \
		echo "Install one, or name it:  make up PYTHON=/path/to/python3.11"; exit 1; \
	fi; \
	exec "$$found" -m config.devstack.bootstrap

up test bench fuzz lint lock spark assets messages servers stop status: env
	@exec $(RUN) $@ $(ARGS)
