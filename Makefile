# What there is to do, and the order in which it depends on each other. `make` alone lists it.
#
# PULUMI=/path/to/pulumi uses a Pulumi CLI that is there already (3.200 or later, its language hosts beside it) instead
# of building one.

PULUMI ?=
export PULUMI
pulumi = $(if $(PULUMI),$(PULUMI),.tools/bin/pulumi)

.PHONY: help build tools tools-core test test-browser lint demo bench clean

help:
	@echo "make demo    watch the Pulumi CLI deploy a graph of stacks against a cloud on this machine"
	@echo "make test    run every test, with the real Pulumi CLI"
	@echo "make test-browser   the local cloud's pages in headless Chromium; CHROMIUM=/path/to/chromium if it is elsewhere"
	@echo "make lint    formatting, clippy"
	@echo "make build   the plugin and the command, in target/release"
	@echo "make bench   size, memory and speed of the plugin"
	@echo "make tools   the Pulumi CLI and its language hosts, in .tools/bin"

build:
	@cargo build --release --workspace --bins

# Everything that programs in other languages need.
tools:
	@tools/build $(if $(PULUMI),official-descriptors)

# What the demo and the tests need.
tools-core:
	@tools/build $(if $(PULUMI),,pulumi) official-descriptors

test: tools-core lint
	@cargo test --workspace --no-fail-fast

# The pages of the local cloud in a real browser: Debian's package `chromium`, and Node.js with npm. SCREENSHOTS=folder
# keeps pictures.
test-browser:
	@cargo build --package auto-deploy-cli
	@cd local-cloud/tests/browser && npm ci --no-audit --no-fund --silent && npm test --silent

lint:
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --quiet -- --deny warnings

demo: build
	@$(if $(PULUMI),,tools/build pulumi)
	@target/release/auto-deploy demo --pulumi $(pulumi)

bench: build
	@target/release/bench target/release/pulumi-resource-auto-deploy

clean:
	@cargo clean
