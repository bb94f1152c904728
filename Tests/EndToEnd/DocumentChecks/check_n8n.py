"""Checks docs/n8n.md and the files of packaging/n8n: usage: check_n8n.py PACKAGE TERRARIUM

Every block of the document has a kind, and is run or compared with a file. The compose files are held to the keys of the
Compose specification that they use, and to what n8n and its launcher need; docker compose checks them too where it is
installed. Mistakes are printed, one a line; with any the exit code is 1.
"""

import json
import os
import re
import sys
import tempfile

from n8n_charts import CHARTS, check_chart, check_versions
from n8n_common import accepted, folder, mistakes, package, read, run, terrarium, wrong
from n8n_compose import check_compose
from n8n_launcher import check_allowlists, check_entry, check_replacing
from n8n_units import check_units, in_own_etc

# n8n's own variables, of packages/@n8n/config/src/configs/runners.config.ts, and _FILE for each.
N8N = {"N8N_RUNNERS_MODE", "N8N_RUNNERS_AUTH_TOKEN", "N8N_RUNNERS_BROKER_LISTEN_ADDRESS", "N8N_RUNNERS_TASK_TIMEOUT"}


def assignments(body, where):
    values = {}
    for line in body.splitlines():
        found = re.match(r"^([A-Z][A-Z0-9_]*)=(\S*)(\s+#.*)?$", line)
        if not found:
            wrong(f"{where}: no assignment: {line}")
        else:
            values[found[1]] = found[2]
    return values


def check_block(kind, body, where):
    words = kind.split(" ", 1)
    if words[0] in ("yaml", "json") and len(words) == 2:
        if not os.path.isfile(f"{package}/{words[1]}"):
            return wrong(f"{where}: there is no {words[1]}")
        if f"\n{body}" not in f"\n{read(f'{package}/{words[1]}')}":
            wrong(f"{where}: not as in {words[1]}")
    elif kind == "sh n8n":
        for name in assignments(body, where).keys() - N8N - {f"{name}_FILE" for name in N8N}:
            wrong(f"{where}: n8n has no such variable: {name}")
    elif kind == "sh settings":
        accepted(assignments(body, where), where)
    elif kind == "sh packages":
        with tempfile.TemporaryDirectory() as scratch:
            with open(f"{scratch}/python", "w", encoding="utf-8") as file:
                file.write('#!/bin/sh\necho "$@"\n')
            os.chmod(file.name, 0o755)
            command = body.replace("terrarium packages", f"{terrarium} packages", 1).rstrip() + f" --python {scratch}/python\n"
            ran = run(["/bin/sh", "-eu", "-c", command], cwd=scratch)
            if ran.returncode or "--target /opt/terrarium/packages" not in ran.stdout:
                wrong(f"{where}: {ran.stdout}{ran.stderr}")
    elif kind == "sh launcher":
        with tempfile.TemporaryDirectory() as scratch:
            with open(f"{scratch}/runners.json", "w", encoding="utf-8") as file:
                file.write('{"task-runners": [{"runner-type": "python"}]}')
            ran = run(["/bin/sh", "-eu", "-c", body.replace("/etc/n8n-task-runners.json", file.name)], cwd=package)
            if ran.returncode or "/usr/bin/terrarium" not in read(file.name):
                wrong(f"{where}: {ran.stderr}")
    elif kind == "sh check":
        with tempfile.TemporaryDirectory() as scratch:
            with open(f"{scratch}/runners.json", "w", encoding="utf-8") as file:
                file.write('{"task-runners": [{"runner-type": "python", "command": "/usr/bin/terrarium"}]}')
            with open(f"{scratch}/n8n.env", "w", encoding="utf-8") as variables:
                variables.write("N8N_RUNNERS_MODE=external\n")
            for line in body.splitlines():
                command = line.replace("terrarium", terrarium, 1).replace("/etc/n8n-task-runners.json", file.name)
                ran = run(["/bin/sh", "-eu", "-c", command], cwd=scratch)
                # There is no n8n here, which is what the check has to say.
                if ran.returncode != 1 or "no token" not in ran.stdout:
                    wrong(f"{where}: {line}: exit code {ran.returncode}: {ran.stdout}{ran.stderr}")
    elif kind == "sh systemd":
        in_own_etc(body, where)
    elif kind in ("sh docker", "sh helm"):
        # Neither a registry nor a cluster is here: the shell reads the commands, and the files are there.
        if run(["/bin/sh", "-n", "-c", body]).returncode:
            wrong(f"{where}: the shell cannot read it")
        for path in re.findall(r"packaging/[\w./-]+", body):
            if not os.path.isfile(f"{package}/{path}"):
                wrong(f"{where}: there is no {path}")
        for program in re.findall(r"^([a-z]+)", re.sub(r"<<END\n.*?^END$", "", body, flags=re.M | re.S), re.M):
            if program not in ("docker", "kubectl", "helm", "export", "cat"):
                wrong(f"{where}: the program {program}")
    else:
        wrong(f"{where}: a block of the kind \"{kind}\" is run nowhere")
    return None


def check_document():
    kind, body, start, blocks = None, "", 0, 0
    for number, line in enumerate(read(f"{package}/docs/n8n.md").splitlines(), 1):
        if kind is None and line.startswith("```"):
            kind, body, start = line[3:], "", number
        elif kind is not None and line == "```":
            check_block(kind, body, f"n8n.md:{start}")
            kind, blocks = None, blocks + 1
        elif kind is not None:
            body += f"{line}\n"
    if kind is not None or blocks < 12:
        wrong(f"n8n.md: {blocks} blocks, the last one without an end: {kind}")


def main():
    entry = json.loads(read(f"{folder}/python-runner.json"))
    check_entry(entry)
    check_replacing(entry)
    check_allowlists()
    for name in ["compose.yaml", "compose.queue.yaml"]:
        check_compose(name, entry)
    for name in CHARTS:
        check_chart(name, entry)
    check_versions()
    check_units()
    check_document()
    for mistake in mistakes:
        print(mistake)
    sys.exit(1 if mistakes else 0)


main()
