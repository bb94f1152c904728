# make demo    installs what is missing, builds, and runs the examples
# make test    the same for the test suite
# make install builds for release and installs below $(DESTDIR)$(PREFIX)
# make deb     builds for release and makes a Debian package
# make soak    a minute each of overload and of chaos against the release build; not part of make test

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d

CHECKS = --explicit-target-dependency-import-check error
RELEASE = -c release --static-swift-stdlib $(CHECKS)

.PHONY: all build release demo test lint install uninstall deb soak clean

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
	    "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)" "$(SYSUSERSDIR)" "$(TMPFILESDIR)"

uninstall:
	scripts/install.sh uninstall - "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)" "$(SYSUSERSDIR)" \
	    "$(TMPFILESDIR)"

# A Debian package of the release build, in .build/deb.
deb: release
	scripts/deb.sh "$$(swift build $(RELEASE) --show-bin-path)" .build/deb

# The load, endurance and chaos tests at full length. The tests themselves need no release build.
soak: release
	swift build --build-tests $(CHECKS)
	TRM_SOAK_SECONDS=60 TRM_SOAK_TASKS=10000 TRM_SOAK_PROGRAMS="$$(swift build $(RELEASE) --show-bin-path)" \
	    swift test --skip-build --disable-xctest --filter '^SoakTests\.'

clean:
	swift package clean
