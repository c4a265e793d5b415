# Two commands: `make run` serves the demonstration region, `make test` passes all tests.
BIN := .venv/bin
.PHONY: run test check fix bench drill setup lock messages

run:            ## set up and serve the platform (PORT, TIANTOU_DATA, DATABASE_URL, TIANTOU_REGION)
	@tools/setup run
	@exec $(BIN)/tiantou serve

setup:          ## what contributors and the tests need
	@tools/setup dev

test: setup     ## all tests
	@tools/browser
	$(BIN)/python tools/messages.py compile
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup    ## format, lint, types, templates, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --lint tiantou
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python tools/messages.py check

fix: setup      ## what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup    ## CPU per operation and ratios, written to docs/benchmarks.md
	$(BIN)/python tools/bench.py

drill: setup    ## faults on purpose: killed processes, full disk, backup and restore
	$(BIN)/python tools/drill.py

messages: setup ## collect new texts into the English catalogues
	$(BIN)/python tools/messages.py update

lock: setup     ## resolve the lock files again: versions and hashes, no addresses
	for name in tools run dev; do $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url requirements/$$name.in -o requirements/$$name.lock || exit 1; done
	npm install --package-lock-only
