#!/bin/sh
# Installs the Debian packages that a build needs, and with --tests those of the tests; does nothing when all are there.
set -eu
cd "$(dirname "$0")/.."

# The make targets set TRM_PYTHON for a version other than the system's own.
packages="pkg-config python3 libpython${TRM_PYTHON:-3}-dev libseccomp-dev"
# The linker that the toolchain calls is a package of its own from Debian 13 on.
if command -v ld >/dev/null 2>&1 && ! command -v ld.gold >/dev/null 2>&1; then packages="$packages binutils-gold"; fi
if [ "${1:-}" = "--tests" ]; then
    packages="$packages curl procps shellcheck python3-pip python3-yaml python3-jsonschema"
    packages="$packages python3-prometheus-client mypy systemd docker-compose"
fi

if ! command -v swift >/dev/null 2>&1; then
    echo "bootstrap: there is no swift on the PATH; install a Swift toolchain (6.2 or newer) and try again" >&2
    exit 1
fi

missing=""
for package in $packages; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
install_missing() {
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "bootstrap: missing:$missing; this machine has no apt-get, so please install their like by hand" >&2
        exit 1
    fi

    if [ "$(id -u)" -eq 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1; then
        as_root="sudo"
    else
        echo "bootstrap: missing:$missing; run as root: apt-get install$missing" >&2
        exit 1
    fi

    echo "bootstrap: installing$missing"
    # Words on purpose: a list of packages, and perhaps sudo.
    # shellcheck disable=SC2086
    if ! { $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $missing; }; then
        echo "bootstrap: could not install$missing; run as root: apt-get install$missing" >&2
        exit 1
    fi
}

# numpy, pandas and the small packages of PackageTests as tasks get them: wheels in a folder, of the interpreter that is
# embedded. Without a network the tests that need them are skipped by name.
install_test_packages() {
    folder=.build/test-site-packages
    # A package that is new in the table is installed as well.
    list=$(printf 'numpy\npandas\n' && scripts/packages.sh --small)
    if [ -d "$folder/pandas" ] && [ "$(cat "$folder/.installed" 2>/dev/null)" = "$list" ]; then return 0; fi
    echo "bootstrap: installing numpy, pandas and small packages into $folder"
    # shellcheck disable=SC2086
    if scripts/packages.sh --install "$folder" $list; then
        echo "$list" >"$folder/.installed"
    else
        echo "bootstrap: not all packages were installed; the tests that need them are skipped"
    fi
}

# The client library of the Model Context Protocol, for the test of "terrarium mcp".
install_mcp_library() {
    folder=.build/test-mcp
    [ ! -d "$folder/mcp" ] || return 0
    echo "bootstrap: installing mcp into $folder"
    if ! /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary :all: \
        --target "$folder" mcp; then
        echo "bootstrap: mcp was not installed; the test with the client library is skipped"
        rm -rf "$folder"
    fi
}

# promtool, which is part of Debian's package of Prometheus, and a package of its own from Debian 13 on. The package is
# unpacked, not installed: the former would start its server.
unpack_promtool() {
    folder=.build/test-tools
    [ ! -x "$folder/promtool" ] || return 0
    echo "bootstrap: unpacking promtool into $folder"
    mkdir -p "$folder"
    package=prometheus
    if apt-cache show promtool >/dev/null 2>&1; then package=promtool; fi
    download=$(mktemp -d)
    if ! (cd "$download" && apt-get -o APT::Sandbox::User=root download -qq "$package" &&
        dpkg-deb --extract ./*.deb . && chmod 0755 usr/bin/promtool) ||
        ! mv "$download/usr/bin/promtool" "$folder/promtool"; then
        echo "bootstrap: no promtool; the test that evaluates the alerts is skipped"
    fi
    rm -rf "$download"
}

install_missing
module=python3-embed
[ -z "${TRM_PYTHON:-}" ] || module=python-$TRM_PYTHON-embed
echo "bootstrap: Python $(pkg-config --modversion "$module") ($module)"
if [ "${1:-}" = "--tests" ]; then
    install_test_packages
    install_mcp_library
    unpack_promtool
fi
