# make demo    installs what is missing, builds, and runs the examples
# make test    the same for the test suite
# make install builds for release and installs below $(DESTDIR)$(PREFIX)

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d

CHECKS = --explicit-target-dependency-import-check error
RELEASE = -c release --static-swift-stdlib $(CHECKS)

.PHONY: all build release demo test lint install uninstall clean

all: build

build:
	scripts/bootstrap.sh
	swift build $(CHECKS)

release:
	scripts/bootstrap.sh
	swift build $(RELEASE) --product terrarium
	swift build $(RELEASE) --product terrarium-worker

demo: build
	scripts/demo.sh "$$(swift build --show-bin-path)/terrarium"

test:
	scripts/bootstrap.sh --tests
	$(MAKE) --no-print-directory lint
	swift build --build-tests $(CHECKS)
	scripts/test.sh

lint:
	shellcheck scripts/*.sh .ci/run
	swift format lint --strict --configuration .swift-format --recursive Sources Tests Package.swift

install: release
	scripts/install.sh install "$$(swift build $(RELEASE) --show-bin-path)" \
	    "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)" "$(SYSUSERSDIR)"

uninstall:
	scripts/install.sh uninstall - "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)" "$(SYSUSERSDIR)"

clean:
	swift package clean
