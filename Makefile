# redress: what a developer can do. `make help` lists it.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
DEBIAN_PACKAGES := build-essential cmake clang-format libcmocka-dev
C_FILES := $(shell git ls-files '*.c' '*.h')

.DEFAULT_GOAL := help
.PHONY: help deps build test lint format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

deps: ## install what is missing (Debian packages)
	@dpkg -s $(DEBIAN_PACKAGES) >/dev/null 2>&1 || { \
	  $(SUDO) apt-get update -q && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $(DEBIAN_PACKAGES); }

build: deps ## compile everything into build/
	@cmake -S . -B build/cmake -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	@cmake --build build/cmake --parallel

test: build ## all tests
	@ctest --test-dir build/cmake --output-on-failure

lint: deps ## formatting
	@clang-format --dry-run --Werror $(C_FILES)

format: deps ## apply the formatting
	@clang-format -i $(C_FILES)

clean: ## remove what was built
	@rm -rf build
