"""The launcher's entry for Terrarium, the script that puts it in place, and how allowlists are read."""

import json
import re
import tempfile

from n8n_common import accepted, folder, read, run, terrarium, wrong


def settings():
    documentation = run([terrarium, "config", "--documentation"]).stdout
    return set(re.findall(r"`([A-Z][A-Z0-9_]+)`", documentation))


def check_entry(entry):
    known = settings()
    if "TERRARIUM_MEMORY_LIMIT" not in known:
        wrong(f"{terrarium} names no settings")
    names = set(entry["allowed-env"]) | entry["env-overrides"].keys()
    for name in names - known - {"PATH"}:
        wrong(f"python-runner.json: no such setting: {name}")
    if entry["health-check-server-port"] in ("5678", "5679", "5680", "5681") or entry["runner-type"] != "python":
        wrong("python-runner.json: the port of another program, or not the entry for Python")
    if "TERRARIUM_SOCKET" not in entry["env-overrides"]:
        wrong("python-runner.json: the service would open a socket as well")
    # What the launcher gives it is accepted.
    given = dict(entry["env-overrides"], N8N_RUNNERS_TASK_BROKER_URI="http://127.0.0.1:5679", N8N_RUNNERS_GRANT_TOKEN="x",
                 N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED="true", N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT="5682",
                 N8N_RUNNERS_TASK_TIMEOUT="60", N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT="15")
    accepted(given, "python-runner.json")


# N8N_RUNNERS_STDLIB_ALLOW as n8n and its runner read it: the cases of their tests/fixtures/allowlist-parsing.json. None is
# a start that is refused.
ALLOWLISTS = {
    "": [], "   ": [], "re": ["re"], "re,json": ["re", "json"], "re, json ,math": ["re", "json", "math"],
    "re,,json,": ["re", "json"], "re,re,json": ["re", "json"], "RE": ["RE"], "os.path": ["os.path"], "*": ["*"], "*,re": None,
    " re , * ": None,
}


def check_allowlists():
    for name in ["N8N_RUNNERS_STDLIB_ALLOW", "N8N_RUNNERS_EXTERNAL_ALLOW"]:
        for value, modules in ALLOWLISTS.items():
            answer = run([terrarium, "config"], env={name: value, "PATH": "/usr/bin:/bin"})
            line = next((line for line in answer.stdout.splitlines() if line.endswith(name) or f"{name} " in line), "")
            got = None if answer.returncode else [one for one in line.split(name)[-1].strip().split(",") if one]
            if got != modules or (modules is None and name not in answer.stderr):
                wrong(f"{name}={value!r} is {got}, not {modules}: {line}{answer.stderr}")


def check_replacing(entry):
    script, entry_file = f"{folder}/use-terrarium.py", f"{folder}/python-runner.json"
    javascript = {"runner-type": "javascript", "health-check-server-port": "5681", "args": ["a", "b"]}
    with tempfile.TemporaryDirectory() as scratch:
        path = f"{scratch}/n8n-task-runners.json"

        def replace(value):
            with open(path, "w", encoding="utf-8") as file:
                file.write(value if isinstance(value, str) else json.dumps(value))
            return run(["/usr/bin/python3", script, entry_file, path])

        python = {"runner-type": "python", "health-check-server-port": "5682", "command": "/old"}
        for runners in [[javascript, python], [python, javascript], [javascript]]:
            for again in range(2):
                value = {"task-runners": runners, "kept": 1} if not again else read(path)
                if replace(value).returncode or json.loads(read(path)) != {"task-runners": [javascript, entry], "kept": 1}:
                    wrong(f"use-terrarium.py: {runners} became {read(path)}")
        for bad in ["{", "[]", '{"task-runners": {}}', {"task-runners": [dict(javascript, **{"health-check-server-port": "5682"})]}]:
            before = bad if isinstance(bad, str) else json.dumps(bad)
            refused = replace(bad)
            if not refused.returncode or read(path) != before or "Traceback" in refused.stderr or path not in refused.stderr:
                wrong(f"use-terrarium.py: {bad}: {refused.returncode}, {refused.stderr}")
