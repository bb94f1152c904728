#!/bin/sh
# The packages of Tests/WorkerSide/PackageTests, whose table is its data files.
#
# usage: packages.sh --all | --small            prints the names of all packages, or of those of every test run
#        packages.sh --install FOLDER [NAME...] installs the named packages, or all, as wheels for the embedded interpreter
#        packages.sh --suites FOLDER            gets the tests of Suites/suites.txt: in site the packages, in tests what
#                                               packages and Debian give out as source. What is there is not fetched again
set -eu
cd "$(dirname "$0")/.."
suites=Tests/WorkerSide/PackageTests/Suites/suites.txt

names() {
    awk -v small="$1" '
        /^# package: / { name = substr($0, 12); if (!small) print name }
        /^# small$/ { if (small) print name }
    ' Tests/WorkerSide/PackageTests/Packages/*.py
}

pip() {
    /usr/bin/python3 -m pip "$@" --quiet --disable-pip-version-check --retries 1
}

install_packages() {
    pip install --root-user-action=ignore --only-binary :all: --upgrade --target "$@"
}

# Prints "SUITE VALUE" for each line with that key.
values() {
    awk -v key="$1:" '$1 == "suite:" { suite = $2 } $1 == key { for (i = 2; i <= NF; i++) print suite, $i }' "$suites"
}

# Installs packages into a folder, unless these are there. All at once, so that packages which share a namespace, such as google,
# are put together.
install_once() {
    [ "$(cat "$1/.installed" 2>/dev/null)" != "$2" ] || return 0
    # Names on purpose: one word each.
    # shellcheck disable=SC2086
    install_packages "$1" $2
    echo "$2" >"$1/.installed"
}

# The tests of a source distribution: its folder, without the package itself, which is installed as a wheel.
get_sources() {
    values sdist | while read -r suite version; do
        [ ! -e "$1/tests/$suite" ] || continue
        work=$(mktemp -d)
        pip download --no-deps --no-binary "${version%%=*}" --dest "$work" "$version"
        mkdir "$work/unpacked"
        tar -xzf "$work"/*.tar.gz -C "$work/unpacked" --strip-components=1
        mv "$work/unpacked" "$1/tests/$suite"
        rm -rf "$work"
    done
}

# CPython's own tests, of the version that is embedded. The package is unpacked, not installed.
get_debian_packages() {
    version=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    values debian | cut -d' ' -f2 | sort -u | sed "s/VERSION/$version/" | while read -r package; do
        [ ! -e "$1/tests/cpython" ] || continue
        work=$(mktemp -d)
        (cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "$package" && dpkg-deb --extract ./*.deb .)
        mv "$work"/usr/lib/python3.*/test "$1/tests/cpython"
        rm -rf "$work"
    done
}

case "${1:-}" in
--all) names 0 ;;
--small) names 1 ;;
--install)
    folder=$2
    shift 2
    if [ $# -gt 0 ]; then install_packages "$folder" "$@"; else install_once "$folder" "$(names 0)"; fi
    ;;
--suites)
    mkdir -p "$2/tests"
    install_once "$2/site" "$(values package | cut -d' ' -f2 | sort -u)"
    get_sources "$2"
    get_debian_packages "$2"
    ;;
*)
    echo "usage: packages.sh --all | --small | --install FOLDER [NAME...] | --suites FOLDER" >&2
    exit 2
    ;;
esac
