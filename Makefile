# make demo   builds sluice and runs the quickstart
# make test   runs every test
# make install PREFIX=/usr/local

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift

# One folder for the program, one for the tests, which are built with checks.
BUILD := .build
TEST_BUILD := .build-test
TSAN_BUILD := .build-tsan
PROGRAM := $(BUILD)/release/sluice
RELEASE := -c release --static-swift-stdlib --scratch-path $(BUILD)
TEST := -c release -Xswiftc -enable-testing --traits Checks --scratch-path $(TEST_BUILD)

.PHONY: help packages test-packages build demo test install format lint tsan bench bench-hbase bench-flume \
  baselines clean

help:
	@echo 'make demo      installs what is missing, builds, runs samples/quickstart'
	@echo 'make test      installs what is missing, runs every test'
	@echo 'make build     builds $(PROGRAM)'
	@echo 'make install   installs the program, its manual page and completions below PREFIX=$(PREFIX)'
	@echo 'make format    formats the sources in place; make lint only looks'
	@echo 'make tsan      runs the tests of the network and the HBase client under ThreadSanitizer'
	@echo 'make bench     runs the measurements'
	@echo 'make bench-hbase  measures the HBase client beside the Java one, on a real HBase'
	@echo 'make bench-flume  does the work of Flume on a real HBase and counts events a second'
	@echo 'make baselines compares instruction counts with the recorded ones (needs valgrind)'
	@echo 'make clean     removes what was built'

packages:
	@.ci/install-packages

test-packages:
	@.ci/install-packages packages test-packages

build: packages
	$(SWIFT) build $(RELEASE) --product sluice

demo: build
	@SLUICE='$(CURDIR)/$(PROGRAM)' samples/quickstart/run.sh --format box

test: test-packages
	$(SWIFT) build --build-tests $(TEST)
	$(SWIFT) test --skip-build $(TEST)

install: build
	install -D -m 755 '$(PROGRAM)' '$(DESTDIR)$(PREFIX)/bin/sluice'
	install -d '$(DESTDIR)$(PREFIX)/share/man/man1'
	'$(PROGRAM)' man >'$(DESTDIR)$(PREFIX)/share/man/man1/sluice.1'
	install -d '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	'$(PROGRAM)' completions bash >'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/sluice'
	install -d '$(DESTDIR)$(PREFIX)/share/zsh/site-functions'
	'$(PROGRAM)' completions zsh >'$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sluice'
	install -d '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d'
	'$(PROGRAM)' completions fish >'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sluice.fish'

format:
	$(SWIFT) format --in-place --parallel --recursive Sources Tests Package.swift

lint:
	$(SWIFT) format lint --strict --parallel --recursive Sources Tests Package.swift

# What shares memory between threads: loops, the client, and the fake cluster on real sockets.
tsan: test-packages
	$(SWIFT) build --build-tests --sanitize=thread --traits Checks --scratch-path $(TSAN_BUILD)
	TSAN_OPTIONS='halt_on_error=0 exitcode=66 second_deadlock_stack=1' \
	$(SWIFT) test --skip-build --sanitize=thread --traits Checks --scratch-path $(TSAN_BUILD) \
	  --filter 'SluiceNetTests|SluiceHBaseClientTests|ConnectorOnFakeTests|BulkLoadSinkTests'

bench: packages
	$(SWIFT) build $(RELEASE) --product sluice-bench
	@bids=$$(mktemp --suffix .jsonl); log=$$(mktemp -d); trap 'rm -rf "$$bids" "$$log"' EXIT; \
	'$(BUILD)/release/sluice-bench' generate "$$bids" 1000000 && \
	for what in decode3 decode7 passthrough filter tumble; do \
	  '$(BUILD)/release/sluice-bench' "$$what" "$$bids" || exit 1; \
	done; \
	'$(BUILD)/release/sluice-bench' log "$$log"

bench-hbase: test-packages build
	$(SWIFT) build $(RELEASE) --product sluice-bench
	BUILD='$(BUILD)' Benchmarks/hbase.sh

bench-flume: test-packages build
	BUILD='$(BUILD)' Benchmarks/flume.sh

baselines: packages
	$(SWIFT) build $(RELEASE) --product sluice-bench
	@Tests/Baselines/instructions '$(BUILD)/release/sluice-bench'

clean:
	rm -rf '$(BUILD)' '$(TEST_BUILD)' '$(TSAN_BUILD)'
