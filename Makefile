.DEFAULT_GOAL := help
.PHONY: help run test properties faults bench lint docs prompts images fuzz

help: ## lists these targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## starts the demonstration: prints what to dial, what to open, how to post
	@scripts/set-up.sh run
	cargo run --release --locked -- serve --demo

# A change is judged by what it changed: the inputs of the property tests are the same each time.
test: export PROPTEST_RNG_SEED ?= 1
test: ## runs everything: unit tests, rooms, and scenarios with real SIP clients
	@scripts/set-up.sh test
	@# Most scenarios listen to a call and leave the cores to others; those that do not take turns.
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$(( $$(nproc) * 5 / 2 ))} cargo test --workspace --locked --features opentelemetry

properties: export PROPTEST_CASES ?= 10000
properties: ## looks for unknown faults: each property test with forty times as many inputs, new ones each time
	cargo test --workspace --exclude allo --locked
	cargo test --lib --locked

faults: ## breaks one thing after the other while people call and post, and writes what was lost into docs/reliability.md; hours
	@scripts/set-up.sh test
	cargo test --release --locked --test faults -- --long --write

bench: ## measures calls per second, set-up, memory, time from post to heard, readers of the page, and how clear the voices are
	@scripts/set-up.sh bench
	cargo bench --locked --bench line
	cargo bench --locked --bench audibility

lint: ## formatting, clippy and documentation, warnings as errors; and what the program is made of, against deny.toml
	@scripts/set-up.sh lint
	cargo fmt --all --check
	cargo clippy --workspace --locked -- -D warnings
	cargo clippy --workspace --all-targets --locked --features opentelemetry -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	@scripts/dependencies.sh

docs: ## builds the reference of every room in target/doc
	cargo doc --workspace --no-deps --locked

prompts: ## speaks the fixed sentences of prompts/ whose text or voice is new; levels those of persons
	cargo run --release --locked -p speech --example regenerate_prompts -- prompts

images: ## takes the pictures of docs/images anew, walking the desk and the public pages in a browser
	@scripts/set-up.sh test
	ALLO_IMAGES=1 cargo test --locked --test all -- operator_guide public_pages

fuzz: ## runs each fuzz target for a minute from its corpus in fuzz/corpus
	@scripts/set-up.sh fuzz
	@scripts/fuzz.sh
