#!/bin/sh
# Installs clients/python with pip, from what is on the machine, and tests what was installed against a service: its calls,
# the Python of its README and of README.md, and its types where Debian's mypy is installed.
#
# usage: python-client-test.sh [TERRARIUM]
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:-$(swift build --show-bin-path)/terrarium}")
python=/usr/bin/python3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

# A copy, because the build leaves files in the folder.
cp -R clients/python "$work/source"
"$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-index --no-build-isolation \
    --target "$work/packages" "$work/source"

if "$python" -c 'import mypy' 2>/dev/null; then
    "$python" -m mypy --strict --enable-incomplete-feature=Unpack --cache-dir "$work/mypy" "$work/packages/terrarium"
else
    echo "skipped: the types of clients/python, because the package mypy is not installed"
fi

cd clients/python/tests
TERRARIUM_PROGRAM=$program PYTHONPATH=$work/packages "$python" -W error -m unittest
