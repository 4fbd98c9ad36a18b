# The compiler is found by swiftc, because Debian's python3-swiftclient also installs a command named swift.
SWIFTC ?= $(shell command -v swiftc || ls -d /opt/swift*/usr/bin/swiftc 2> /dev/null | head -n 1)
SWIFT ?= $(dir $(realpath $(SWIFTC)))swift
APUS_SCRATCH_PATH ?= $(CURDIR)/.build
export APUS_SCRATCH_PATH

SCRIPTS = $(shell git ls-files '*.sh') .ci/run devstack/openrc

.DEFAULT_GOAL := help
.PHONY: help build test races functional e2e bench bench-cloud chaos chaos-identity chaos-steps compare fuzz fuzz-images fmt lint docs check run

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: ## compile everything (debug)
	$(SWIFT) build --scratch-path $(APUS_SCRATCH_PATH)

test: ## unit tests: no services needed
	Tests/run.sh unit

races: ## unit tests under the thread sanitizer (compiles everything once more)
	Tests/run.sh races

functional: ## all Swift tests, with private MariaDB, RabbitMQ and memcached
	Tests/run.sh functional

e2e: ## a whole cloud on this machine, driven by the openstack client and Tempest (root)
	Tests/run.sh e2e

bench: ## size and speed beside their limits, release build, on this machine's cloud (root)
	Bench/run.sh

bench-cloud: ## the time of common requests of any OpenStack cloud: OS_AUTH_URL, …
	Bench/run.sh --cloud

chaos: ## kills processes of the cloud that runs here (KILLS=40 SEED=1), then breaks it in other ways (root)
	Tests/Chaos/run.sh --kills $(or $(KILLS),40) --seed $(or $(SEED),1)
	Tests/Chaos/run.sh --scenario all --seed $(or $(SEED),1)

chaos-identity: ## kills an identity daemon of its own under load (no cloud needed)
	Tests/Chaos/identity.sh

chaos-steps: ## kills each process at each step of each workflow (ONLY=PATTERN chooses; an hour and more; root)
	Tests/Chaos/run.sh --every-step --seed $(or $(SEED),1) --only "$(ONLY)"

compare: ## the same requests to Debian's Keystone and Glance and to ours: what differs without a reason
	Tests/Compare/run.sh

fuzz: ## 20,000 wrong requests to each service of this machine's cloud (FUZZ_REQUESTS, FUZZ_SEED)
	FUZZ_REQUESTS=$(or $(FUZZ_REQUESTS),20000) FUZZ_SEED=$(or $(FUZZ_SEED),$(shell date +%s)) Tests/Fuzz/run.sh

fuzz-images: ## any bytes through the inspection of images, under libFuzzer (FUZZ_SECONDS, 600)
	SWIFTC=$(SWIFTC) FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) Tests/Fuzz/inspection.sh

fmt: ## lay the Swift code out with swift-format
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

lint: ## shell scripts by shellcheck, Swift by swift-format
	shellcheck $(SCRIPTS)
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

docs: build ## the options reference and the sample settings, from the code
	devstack/write-reference.sh $(APUS_SCRATCH_PATH)/debug

check: ## what CI runs: every test there is
	Tests/run.sh all

run: ## a cloud on this machine (root)
	devstack/stack.sh
