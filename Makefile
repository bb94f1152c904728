# make demo    installs what is missing, builds, and runs the examples
# make test    the same for the test suite
# make matrix  the same in a root of each Debian release, with its Python; prints a table; as root. SYSTEMS names some of
#              the releases, MATRIX_ROOT the folder of the roots. What is done is not done again
# make arm64   compiles the C code for arm64 and compares the structures that the guards read with CPython's headers for it
#
# PYTHON=3.13 makes each of these build with that version of Python instead of the system's own.
#
# make bench   measures the release build, and compares its ratios with those in Tests/Benchmarks/reference.json; measures
#              the latency of the bridge to n8n as well
# make microbench measures the parts by themselves: policy check, items, JSON, frames, dispatcher, confinement
# make library-costs  compares loops of pandas, sympy, pydantic and jinja2 in a task with plain CPython; after make packages-test,
#              which installs them
# make install builds for release and installs below $(DESTDIR)$(PREFIX)
# make asan    builds with AddressSanitizer and runs the tests that can run under it; not part of make test
# make deb     builds for release and makes a Debian package
# make deb-test  boots a system of its own and runs there every command of docs/operations.md, and of the README those that
#                need the service; the others are run by make test
# make fuzz    runs every program of Tests/Fuzzing for FUZZ_SECONDS (ten minutes) under AddressSanitizer; not part of make
#              test, which replays the inputs of Tests/Fuzzing/Corpora
# make packages-test  installs all packages of Tests/WorkerSide/PackageTests (2 GB in .build/packages-site) and runs their uses in
#              four ways, then gets the suites of Suites/suites.txt (0.4 GB in .build/packages-suites) and runs each in a task
#              and in plain CPython. Half an hour on two cores, 1 GB of memory. Suites that are done are not run again; not
#              part of make test, which runs the uses of the small packages
# make api-fuzz sends the service requests that Schemathesis derives from the description of the API; installs Schemathesis from PyPI
#              into .build/api-fuzz. API_FUZZ has its options. Not part of make test
# make soak    a minute each of overload and of chaos against the release build; not part of make test

# The version of Python to build with; the system's own without it. Package.swift reads TRM_PYTHON.
PYTHON ?=
ifneq ($(PYTHON),)
export TRM_PYTHON = $(PYTHON)
endif

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d

CHECKS = --explicit-target-dependency-import-check error
RELEASE = -c release --static-swift-stdlib $(CHECKS)
PROGRAMS = terrarium terrarium-worker terrarium-bench terrarium-baseline

.PHONY: all build release demo test packages-test matrix arm64 asan fuzz api-fuzz bench microbench library-costs lint install uninstall deb deb-test soak clean

all: build

build:
	scripts/bootstrap.sh
	swift build $(CHECKS)

release:
	scripts/bootstrap.sh
	for program in $(PROGRAMS); do swift build $(RELEASE) --product "$$program" || exit 1; done

demo:
	scripts/bootstrap.sh
	swift build $(CHECKS) --product terrarium
	swift build $(CHECKS) --product terrarium-worker
	scripts/demo.sh "$$(swift build --show-bin-path)/terrarium"
	@echo
	@echo 'To go on in this shell with what was built:'
	@echo '    export PATH="$(CURDIR)/.build/debug:$$PATH"'

test:
	scripts/bootstrap.sh --tests
	$(MAKE) --no-print-directory lint
	swift build --build-tests $(CHECKS)
	scripts/readme-test.sh
	scripts/python-client-test.sh
	scripts/test.sh

SYSTEMS ?=

matrix:
	scripts/matrix.sh $(SYSTEMS)

# Every package of the table. make test runs the small ones with what bootstrap.sh has installed.
packages-test:
	scripts/bootstrap.sh --tests
	scripts/packages.sh --install .build/packages-site
	scripts/packages.sh --suites .build/packages-suites
	swift build --build-tests $(CHECKS)
	TERRARIUM_PACKAGES_SITE="$(CURDIR)/.build/packages-site" TERRARIUM_PACKAGE_SUITES="$(CURDIR)/.build/packages-suites" \
	    swift test --skip-build --disable-xctest --filter '^PackageTests\.'

# AddressSanitizer, in a build of its own. Python's objects come from malloc() then, so that it sees each of them, and freed
# memory is overwritten, so that libpython, which is not built for it, fails where it uses an object that is gone. Workers
# are left out: their memory limit and system call filter do not let AddressSanitizer start. What they run of Python,
# PolicyDriver and the exit tests of PythonRuntimeTests run as well. Every process writes what is found into a file. Frames of
# the instrumented debug build are large: 1,000 levels of nesting need more than the usual stack of 8 MB. What
# lives as long as the process is no leak, and an allocation that is too large is to fail as it does otherwise.
ASAN_TESTS ?= JSONBytesTests WireTests PythonRuntimeTests PythonPolicyTests HonestyTests EscapeTests
ASAN_REPORTS = $(CURDIR)/.build-asan/reports
ASAN_OPTIONS = detect_leaks=0:allocator_may_return_null=1:max_free_fill_size=4096:log_path=$(ASAN_REPORTS)/report

asan:
	scripts/bootstrap.sh --tests
	swift build --build-tests --sanitize=address --scratch-path .build-asan $(CHECKS)
	rm -rf "$(ASAN_REPORTS)"
	mkdir -p "$(ASAN_REPORTS)"
	ulimit -s 65536; failed=0; \
	for target in $(ASAN_TESTS); do \
	    TRM_PYTHON_ALLOCATOR=malloc ASAN_OPTIONS="$(ASAN_OPTIONS)" swift test --skip-build --disable-xctest --parallel \
	        --sanitize=address --scratch-path .build-asan --filter "^$$target\." || failed=1; \
	done; \
	! grep --no-messages 'ERROR: AddressSanitizer' --after-context=60 "$(ASAN_REPORTS)"/report.* && [ "$$failed" = 0 ]

# FUZZ names some of the programs, such as FUZZ="FuzzJSON FuzzBridge"; all of them otherwise.
FUZZ_SECONDS ?= 600
FUZZ ?=

fuzz:
	scripts/bootstrap.sh
	scripts/fuzz.sh $(FUZZ_SECONDS) $(FUZZ)

API_FUZZ ?= --max-examples=200

api-fuzz: build
	[ -x .build/api-fuzz/bin/schemathesis ] || \
	    { python3 -m venv .build/api-fuzz && .build/api-fuzz/bin/pip install --quiet 'schemathesis>=4,<5'; }
	scripts/api-fuzz.py "$$(swift build --show-bin-path)/terrarium" "$(CURDIR)/.build/api-fuzz/bin/schemathesis" $(API_FUZZ)

# Compares ratios to baselines of the same run, which vary less between runs than times do.
BENCH_TOLERANCE ?= 50

bench: release
	"$$(swift build $(RELEASE) --show-bin-path)/terrarium-bench" \
	    --reference Tests/Benchmarks/reference.json --tolerance $(BENCH_TOLERANCE)
	swift build --build-tests $(CHECKS)
	TRM_MEASURE=1 swift test --skip-build --disable-xctest --filter '^BridgeIntegrationTests\.BridgeLatencyTests'

library-costs: release
	Tests/Benchmarks/LibraryCosts/library_costs.py "$$(swift build $(RELEASE) --show-bin-path)" .build/packages-site

# The parts by themselves, in processor time; needs none of the packages but swift-collections.
microbench:
	scripts/bootstrap.sh
	TRM_BUILD_BENCHMARKS=1 swift build -c release $(CHECKS) --product Microbenchmarks
	TRM_BUILD_BENCHMARKS=1 swift build -c release $(CHECKS) --product sandbox-probe
	"$$(swift build -c release --show-bin-path)/Microbenchmarks"

lint:
	shellcheck scripts/*.sh packaging/debian/*.sh packaging/debian/p[or]* Tests/EndToEnd/PackagingScripts/*.sh .ci/run
	swift format lint --strict --configuration .swift-format --recursive Sources Tests Package.swift
	scripts/layouts.sh

# What can be shown for arm64 without such a machine. The tests of the sandbox compare its system call filter as well.
arm64:
	scripts/layouts.sh arm64

# Without a Swift toolchain, as under sudo, which keeps its own PATH, what "make release" has built is installed.
install:
	@if command -v swift >/dev/null; then $(MAKE) --no-print-directory release; \
	elif [ ! -x .build/release/terrarium ]; then \
	    echo 'install: nothing is built: run "make release" first, as a user with swift on the PATH' >&2; exit 1; fi
	scripts/install.sh install .build/release \
	    "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)" "$(SYSUSERSDIR)" "$(TMPFILESDIR)"

uninstall:
	scripts/install.sh uninstall - "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)" "$(SYSUSERSDIR)" \
	    "$(TMPFILESDIR)"

# A Debian package of the release build, in .build/deb.
deb: release
	rm -f .build/deb/terrarium_*.deb
	scripts/deb.sh "$$(swift build $(RELEASE) --show-bin-path)" .build/deb

# Boots a system with the package on it, and carries out the Dockerfiles there; as root. The root is made once, which takes
# minutes.
deb-test: deb
	scripts/boot-test.sh .build/deb/terrarium_*.deb .build/boot-root
	for dockerfile in Dockerfile packaging/n8n/Dockerfile; do \
	    scripts/image-test.sh "$$(swift build $(RELEASE) --show-bin-path)" .build/boot-root "$$dockerfile" || exit 1; \
	done

# The load, endurance and chaos tests at full length. The tests themselves need no release build.
soak: release
	swift build --build-tests $(CHECKS)
	TRM_SOAK_SECONDS=60 TRM_SOAK_TASKS=10000 TRM_SOAK_PROGRAMS="$$(swift build $(RELEASE) --show-bin-path)" \
	    swift test --skip-build --disable-xctest --filter '^SoakTests\.'

clean:
	swift package clean
