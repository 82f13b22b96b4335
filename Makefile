# What there is to do, and the order in which it depends on each other. `make` alone lists it.
#
# PULUMI=/path/to/pulumi uses a Pulumi CLI that is there already (3.200 or later, its language hosts beside it) instead
# of building one.

PULUMI ?=
export PULUMI
pulumi = $(if $(PULUMI),$(PULUMI),.tools/bin/pulumi)
bench-of = --plugin target/release/pulumi-resource-auto-deploy --command target/release/auto-deploy --pulumi $(pulumi)
hosts = language-nodejs language-python language-go language-java $(if $(shell command -v dotnet),language-dotnet)

.PHONY: help build tools tools-core sdks sdk-deps test test-browser lint demo torture bench bench-check bench-keep clean

help:
	@echo "make demo    watch the Pulumi CLI deploy a graph of stacks against a cloud on this machine"
	@echo "make test    run every test, with the real Pulumi CLI"
	@echo "make test-browser   the local cloud's pages in headless Chromium; CHROMIUM=/path/to/chromium if it is elsewhere"
	@echo "make lint    formatting, clippy"
	@echo "make build   the plugin and the command, in target/release"
	@echo "make bench   size, memory and speed of the plugin and the local cloud, in bench/RESULTS.md"
	@echo "make bench-check   whether the plugin needs more instructions than before"
	@echo "make torture kill the local cloud a hundred times in the middle of updates"
	@echo "make sdks    the SDKs, anew from schema.json"
	@echo "make tools   the Pulumi CLI and its language hosts, in .tools/bin"

build:
	@cargo build --release --workspace --bins

# Everything that programs in other languages need.
tools:
	@tools/build official-descriptors sdk-gen sdk-gen-java $(if $(PULUMI),,pulumi $(hosts))

# What the demo and the tests of the plugin alone need.
tools-core:
	@tools/build $(if $(PULUMI),,pulumi) official-descriptors

# The SDKs in sdk/, from the schema. A test compares what is checked in with what this makes.
sdks:
	@tools/build sdk-gen sdk-gen-java
	@.tools/bin/sdk-gen

# What programs in other languages depend on, for the tests, in .cache/languages.
sdk-deps: tools
	@tools/sdk-deps

test: tools sdk-deps lint
	@cargo test --workspace --no-fail-fast

# The pages of the local cloud in a real browser: Debian's package `chromium`, and Node.js with npm. SCREENSHOTS=folder
# keeps pictures.
test-browser:
	@cargo build --package auto-deploy-cli
	@cd local-cloud/tests/browser && npm ci --no-audit --no-fund --silent && npm test --silent

lint:
	@cargo fmt --all --check
	@! gofmt -l sdk-gen tools examples | grep .
	@cargo clippy --workspace --all-targets --quiet -- --deny warnings

demo: build
	@$(if $(PULUMI),,tools/build pulumi)
	@target/release/auto-deploy demo --pulumi $(pulumi)

# Kills the local cloud a hundred times in the middle of updates; takes some minutes.
torture: tools-core
	@AUTO_DEPLOY_KILLS=100 cargo test --package auto-deploy-cli --test survives

# The report in bench/RESULTS.md. ONLY=start,calls,… measures parts; PEER=name:path,… measures other providers beside
# ours; RUNS=n says how often.
bench: build
	@$(if $(PULUMI),,tools/build pulumi)
	@cargo bench --quiet --package bench --bench pure
	@target/release/bench $(bench-of) --runs $(or $(RUNS),7) $(if $(ONLY),,--out bench/RESULTS.md)

# Whether the plugin needs more instructions than were kept. Needs valgrind.
bench-check: build
	@target/release/bench $(bench-of) --check

# Keeps today's number of instructions, for `make bench-check`.
bench-keep: build
	@target/release/bench $(bench-of) --keep

clean:
	@cargo clean
