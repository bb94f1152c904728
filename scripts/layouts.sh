#!/bin/sh
# Compares the structures of CPython that the guards read with CPython's internal headers, by compiling
# Tests/WorkerSide/CPythonLayout against the Python that is embedded.
#
# usage: layouts.sh [arm64]
#
# With "arm64" it does the same with the headers of that architecture, and compiles all C code for it, on a machine of another
# kind. The headers come from Debian's mirror, once, into .build/arm64; nothing is installed but Debian's cross packages of the
# C library. No Swift code is compiled and nothing runs: there is no such machine here.
set -eu
cd "$(dirname "$0")/.."

module=python3-embed
[ -z "${TRM_PYTHON:-}" ] || module=python-$TRM_PYTHON-embed
version=$(pkg-config --modversion "$module")
headers=$(pkg-config --variable=includedir "$module")
python=$headers/python$version

# Compiles a file and makes nothing.
check() {
    clang -fsyntax-only -Wall -Werror -Wno-nullability-completeness -Wno-shift-negative-value "$@"
}

check_structures() {
    # CPython's internal headers are not written for all warnings.
    check -w -I Sources/WorkerSide/CPython "$@" Tests/WorkerSide/CPythonLayout/layout.c
}

case ${1:-} in
"") check_structures -isystem "$python" -isystem "$python/internal" -idirafter "$headers" ;;
arm64)
    for package in libc6-dev-arm64-cross linux-libc-dev-arm64-cross; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || {
            echo "layouts.sh: install $package" >&2
            exit 1
        }
    done
    folder=$PWD/.build/arm64
    if [ ! -e "$folder/usr/include/python$version" ]; then
        mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
        apt() {
            apt-get -o APT::Architectures::=arm64 -o "APT::Architectures::=$(dpkg --print-architecture)" \
                -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root -qq "$@"
        }
        apt update
        (cd "$folder" && apt download "libpython$version-dev:arm64")
        dpkg-deb --extract "$folder"/libpython*.deb "$folder"
    fi
    target="--target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include"
    for file in Sources/System/CLinux/*.c Tests/System/CProbe/*.c Tests/Support/CTestSupport/*.c; do
        # Words on purpose: arguments.
        # shellcheck disable=SC2086
        check $target -I "$(dirname "$file")/include" "$file"
    done
    # shellcheck disable=SC2086
    check_structures $target -isystem "$folder/usr/include/python$version" \
        -isystem "$folder/usr/include/python$version/internal" -idirafter "$folder/usr/include"
    ;;
*)
    echo "usage: layouts.sh [arm64]" >&2
    exit 2
    ;;
esac
echo "layouts.sh: the structures of Python $version${1:+ for $1} are those that guards read"
