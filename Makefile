# The tasks of this repository, and what each depends on. `make` without a target lists them.
#
# PULUMI=/path/to/pulumi uses an existing Pulumi CLI (3.200 or later, its language hosts beside it) instead of building one.

PULUMI ?=
export PULUMI
pulumi = $(if $(PULUMI),$(PULUMI),.tools/bin/pulumi)
bench-of = --plugin target/release/pulumi-resource-auto-deploy --command target/release/auto-deploy --pulumi $(pulumi)
version = $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
hosts = language-nodejs language-python language-go language-java $(if $(shell command -v dotnet),language-dotnet)

.PHONY: help build tools tools-core tools-oldest sdks sdk-deps test test-browser compat lint audit demo torture soak fuzz bench bench-check bench-keep release release-check third-party install clean

help:
	@echo "make demo    watch the Pulumi CLI deploy a graph of stacks against a cloud on this machine"
	@echo "make install build the plugin and the command, and install the plugin for your Pulumi CLI"
	@echo "make test    run every test, with the real Pulumi CLI"
	@echo "make test-browser   the local cloud's pages in headless Chromium; CHROMIUM=/path/to/chromium names it"
	@echo "make compat  the tests with the oldest Pulumi CLI that is promised; ONLY=\"e2e sessions\" runs a part of them"
	@echo "make lint    formatting, clippy, documentation of the code, the list of libraries, workflows"
	@echo "make audit   licences and sources of the libraries, and whether all are used and listed"
	@echo "make build   the plugin and the command, in target/release"
	@echo "make bench   size, memory and speed of the plugin and the local cloud, in bench/RESULTS.md"
	@echo "make bench-check   whether the plugin needs more instructions, requests or state than before"
	@echo "make torture kill the local cloud a hundred times in the middle of updates"
	@echo "make soak    every fault, a kill at every call, and 10,000 random lifecycles; SEED=... repeats them"
	@echo "make fuzz    the fuzz targets, ten minutes each; FUZZ_SECONDS=... for other times"
	@echo "make sdks    regenerate the SDKs from schema.json"
	@echo "make release        archives for this machine and the SDKs' packages, in dist"
	@echo "make release-check  build the release again from a copy elsewhere, and compare all bytes"
	@echo "make third-party    the list of the libraries in the programs"
	@echo "make tools   the Pulumi CLI and its language hosts, in .tools/bin"

build:
	@cargo build --release --workspace --bins

# What programs in all languages need.
tools:
	@tools/build official-descriptors sdk-gen sdk-gen-java $(if $(PULUMI),,pulumi $(hosts))

# What the demo and the tests of the plugin need.
tools-core:
	@tools/build $(if $(PULUMI),,pulumi) official-descriptors

# The oldest Pulumi CLI that is promised, for the tests.
tools-oldest:
	@tools/build pulumi-oldest

# The SDKs in sdk/ and docs/reference.md, from the schema. Tests compare the committed files with what this generates.
sdks:
	@tools/build sdk-gen sdk-gen-java
	@.tools/bin/sdk-gen
	@tools/reference

# The dependencies of programs in other languages, for the tests, in .cache/languages.
sdk-deps: tools
	@tools/sdk-deps

test: tools tools-oldest sdk-deps lint
	@cargo test --workspace --no-fail-fast

# The same programs with the oldest Pulumi CLI that is promised, 3.200.0. A test that needs a newer one is skipped, and a line
# says which one it needs.
compat-of = sessions e2e crashes joins languages real_cli demo

compat: tools tools-oldest sdk-deps
	@PULUMI=$(CURDIR)/.tools/oldest/pulumi cargo test --workspace --no-fail-fast \
		$(foreach test,$(or $(ONLY),$(compat-of)),--test $(test))

# The pages of the local cloud in a real browser: Debian's package `chromium`, and Node.js with npm. SCREENSHOTS=folder
# keeps pictures.
CHROMIUM ?= $(shell command -v chromium)
browser = local-cloud/tests/browser

test-browser: $(browser)/node_modules/.package-lock.json
	@[ -x "$(CHROMIUM)" ] || { echo "there is no Chromium: install Debian's package 'chromium' (apt-get install chromium), or say \
	where it is with CHROMIUM=/path/to/chromium" >&2; exit 1; }
	@cargo build --quiet --package auto-deploy-cli
	@cd $(browser) && CHROMIUM="$(CHROMIUM)" npm test --silent

$(browser)/node_modules/.package-lock.json: $(browser)/package-lock.json
	@cd $(browser) && npm ci --no-audit --no-fund --silent

lint:
	@cargo fmt --all --check
	@! gofmt -l sdk-gen tools examples | grep .
	@cargo clippy --workspace --all-targets --quiet -- --deny warnings
	@RUSTDOCFLAGS="--deny warnings --allow rustdoc::private_intra_doc_links" \
		cargo doc --workspace --no-deps --document-private-items --quiet
	@tools/third-party --check
	@tools/build actionlint
	@.tools/bin/actionlint

# Without known vulnerabilities, which need a database from the network: `tools/audit` also checks those.
audit:
	@tools/audit --offline

# The same bytes each time, if nothing has changed.
release:
	@tools/release

release-check: release
	@tools/release check

third-party:
	@tools/third-party

# Builds what the demo needs and nothing else; KEEP=1 leaves its cloud running at the end.
demo:
	@tools/demo $(if $(KEEP),--keep)

# The plugin for the Pulumi CLI on PATH, or for the one that PULUMI names; the command into BIN.
BIN ?= $(or $(CARGO_HOME),$(HOME)/.cargo)/bin
install:
	@command -v $(or $(PULUMI),pulumi) >/dev/null || { echo "make install: there is no Pulumi CLI on your PATH; build one with \`make tools-core\`, or name one with PULUMI=/path/to/pulumi" >&2; exit 1; }
	@cargo build --release --workspace --bin pulumi-resource-auto-deploy --bin auto-deploy
	@$(or $(PULUMI),pulumi) plugin install resource auto-deploy v$(version) --reinstall \
		--file target/release/pulumi-resource-auto-deploy
	@mkdir -p "$(BIN)" && install -m 755 target/release/auto-deploy "$(BIN)/"
	@echo "installed the plugin v$(version), and auto-deploy in $(BIN)"

# Kills the local cloud a hundred times in the middle of updates; takes some minutes.
torture: tools-core
	@AUTO_DEPLOY_KILLS=100 cargo test --package auto-deploy-cli --test survives

# What `make test` tries a part of, in full: the tables of docs/reliability.md, lifecycles of webhooks on a cloud that fails and
# of two stacks, and an update killed at every call. Takes about twenty minutes.
soak: tools-core
	@AUTO_DEPLOY_SOAK=1 cargo test --test reliability --test crashes -- --nocapture

# Bytes that nobody would send. The same functions are tried for a moment by `make test`.
fuzz:
	@tools/fuzz

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
