# make demo   sets everything up, builds, runs the regression suite with the learned driver
# make test   sets everything up, builds, runs all tests
# make wheel  builds the Python package into target/wheels
# make model  fetches the default language model, once, to SKIDPAD_MODELS
SHELL := /bin/bash
VENV ?= .venv
JOBS ?= 2
VENV_PATH := $(abspath $(VENV))
export LIBTORCH_USE_PYTORCH := 1
export PATH := $(VENV_PATH)/bin:$(HOME)/.cargo/bin:$(PATH)
# An activated environment of another place would be asked for libtorch instead.
unexport VIRTUAL_ENV
SKIDPAD := target/release/skidpad
SKIDPAD_MODELS ?= $(HOME)/.local/share/skidpad/models

.PHONY: demo test build setup lint doctor wheel model
demo: build
	$(SKIDPAD) suite scenarios/regression --driver learned --jobs $(JOBS)

test: setup
	cargo test --release --workspace --locked
	cargo build --release --workspace --locked
	cp -f target/release/lib_skidpad.so python/skidpad/_skidpad.abi3.so
	PYTHONPATH=python timeout 900 python -m pytest -q python/tests

build: setup
	cargo build --release --workspace --locked

setup:
	@setup/setup.sh $(VENV_PATH)

lint: setup
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --locked -- -D warnings

wheel: setup
	rm -rf target/wheels
	# libtorch stays the one of the environment's torch: two of them in one process end it.
	maturin build --release --locked --manifest-path python/Cargo.toml --out target/wheels --auditwheel skip
	! python -m zipfile -l target/wheels/skidpad-*.whl | grep -i 'lib\(torch\|c10\)'

model: setup
	@setup/fetch-model.sh "$(SKIDPAD_MODELS)"

doctor: build
	$(SKIDPAD) doctor
