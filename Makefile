# make demo   sets everything up, builds, runs the regression suite with the learned driver
# make test   sets everything up, builds, runs all tests
SHELL := /bin/bash
VENV ?= .venv
JOBS ?= 2
VENV_PATH := $(abspath $(VENV))
export LIBTORCH_USE_PYTORCH := 1
export PATH := $(VENV_PATH)/bin:$(HOME)/.cargo/bin:$(PATH)
# An activated environment of another place would be asked for libtorch instead.
unexport VIRTUAL_ENV
SKIDPAD := target/release/skidpad

.PHONY: demo test build setup lint doctor
demo: build
	$(SKIDPAD) suite scenarios/regression --driver learned --jobs $(JOBS)

test: setup
	cargo test --release --workspace --locked

build: setup
	cargo build --release --workspace --locked

setup:
	@setup/setup.sh $(VENV_PATH)

lint: setup
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --locked -- -D warnings

doctor: build
	$(SKIDPAD) doctor
