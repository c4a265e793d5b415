PY := .venv/bin/python
.PHONY: run test check fix bench drill setup lock
setup: ; @test -x $(PY) || (python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements/tools.lock); .venv/bin/uv pip sync -q --require-hashes requirements/dev.lock --python $(PY)
