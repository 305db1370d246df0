# redress: what a developer can do. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps build up stop demo test simulate check lint format asan tsan fuzz bench profile chaos overload chart clean

C_FILES = $(shell git ls-files '*.c' '*.h')
STACK := deploy/local/stack
PYTHON := build/venv/bin/python

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-8s %s\n", $$1, $$2}'

deps: ## install what is missing: Debian packages, Kafka's jars, buf, helm, Python tools for the tests
	@tools/deps

build: deps ## compile everything; programs land in build/bin
	@cmake -S . -B build/cmake -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >build/cmake.log 2>&1 \
	  || { tail -20 build/cmake.log; exit 1; }
	@ninja -C build/cmake

up: build ## start the local stack
	@$(STACK) up

stop: ## stop the local stack
	@$(STACK) stop

demo: up ## start the stack, submit the sample cases, show what becomes of them
	@$(PYTHON) tools/demo.py

test: build ## all tests, unit to end-to-end, on stacks of their own
	@ctest --test-dir build/cmake --output-on-failure
	@tools/run-tests

simulate: build ## the services in virtual time, seeded, on all cores: [SEED=n] [SCHEDULES=n] [LARGE_ONE_IN=n]
	@build/cmake/tests/simulation/simulate --seed $(or $(SEED),1) --schedules $(or $(SCHEDULES),100000) \
	  --large-one-in $(or $(LARGE_ONE_IN),64)

overload: build ## twice what the system can carry, for two minutes; writes tests/abuse/RESULTS.md
	@tools/run-tests --overload

check: lint test ## what CI runs

lint: deps ## formatting, clang-tidy, banned calls, buf, helm, shell and YAML linters
	@tools/lint

format: deps ## apply the formatting
	@clang-format -i $(C_FILES)

asan: deps ## unit and end-to-end tests with AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/sanitize address,undefined

tsan: deps ## unit and end-to-end tests with ThreadSanitizer
	@tools/sanitize thread

fuzz: deps ## fuzz each decoder with libFuzzer: make fuzz SECONDS=60 [TARGET=jwt]
	@cmake -S . -B build/fuzz/cmake -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	  -DREDRESS_FUZZ=ON -DREDRESS_BIN_DIR=$(CURDIR)/build/fuzz/bin >/dev/null
	@ninja -C build/fuzz/cmake fuzz_targets
	@tools/fuzz $(or $(SECONDS),60) $(TARGET)

bench: build ## measure against the floor in the same run: make bench [ARGS="--rounds 1 --only path"]
	@build/venv/bin/python tests/bench/bench.py $(ARGS)

profile: build ## a flame graph of each program under load, in build/profile [ARGS="--rate 500"]
	@build/venv/bin/python tests/bench/profile.py $(ARGS)

chaos: build ## faults under load, judged: SEED=n or a..b, FAULTS=n, BROKERS=3, BRIEF=1; without SEED those that failed once
	@tools/chaos "$(or $(SEED),regressions)" "$(or $(FAULTS),50)" --brokers $(or $(BROKERS),1) $(if $(BRIEF),--brief) --record

chart: build ## lint and render the Helm chart, check it against the programs; REDRESS_CHART_CONTEXT=… against a cluster
	@tools/chart

clean: ## stop the stack and remove what was built
	@$(STACK) remove
	@REDRESS_STACK_DIR=build/test-stack $(STACK) remove
	@REDRESS_STACK_DIR=build/second-stack $(STACK) remove
	@REDRESS_STACK_DIR=build/abuse-stack $(STACK) remove
	@rm -rf build
