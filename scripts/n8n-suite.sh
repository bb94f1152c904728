#!/bin/sh
# Runs the integration tests of n8n's own Python runner, unchanged, against Terrarium in its place.
#
# usage: scripts/n8n-suite.sh CHECKOUT [PYTEST ARGUMENTS ...]
#
# CHECKOUT is a checkout of n8n-io/n8n, or its folder packages/@n8n/task-runner-python. It is copied; in the copy the runner's
# main program is replaced by one that becomes `terrarium serve`. PYTHON names the interpreter of the tests (n8n asks for 3.13;
# python3), TERRARIUM the program (.build/debug/terrarium). pytest and what the tests import are installed with pip into
# an environment of their own, in SUITE_ENVIRONMENT if that is set.
set -eu

[ $# -ge 1 ] || { sed -n '4p' "$0" | cut -c3- >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
source=$1
shift
[ -d "$source/packages/@n8n/task-runner-python" ] && source=$source/packages/@n8n/task-runner-python
[ -d "$source/tests/integration" ] || { echo "n8n-suite.sh: $source has no tests/integration" >&2; exit 2; }
TERRARIUM=$(realpath "${TERRARIUM:-$here/.build/debug/terrarium}")
export TERRARIUM

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R "$source/." "$scratch/runner"
cd "$scratch/runner"
# Older versions call the package "src", newer ones "n8n_task_runner".
[ -e n8n_task_runner ] || ln -s src n8n_task_runner
cat >src/main.py <<END
import os

os.environ.setdefault("TERRARIUM_SOCKET", "none")
os.execv(os.environ["TERRARIUM"], ["terrarium", "serve"])
END

environment=${SUITE_ENVIRONMENT:-$scratch/environment}
if [ ! -x "$environment/bin/pytest" ]; then
    "${PYTHON:-python3}" -m venv "$environment"
    "$environment/bin/pip" install --quiet pytest pytest-asyncio aiohttp websockets
fi
status=0
PYTHONPATH=. "$environment/bin/python" -m pytest tests/integration "$@" || status=$?
exit "$status"
