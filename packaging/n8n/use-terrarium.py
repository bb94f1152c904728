#!/usr/bin/python3
"""Makes Terrarium the Python runner of n8n's launcher: replaces the entry of that type in the launcher's configuration.

usage: use-terrarium.py ENTRY CONFIGURATION

ENTRY is a JSON file with one entry, CONFIGURATION the launcher's file, /etc/n8n-task-runners.json. The entries of other
types stay as n8n wrote them. The file is written only when both could be read.
"""

import json
import os
import sys


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"use-terrarium: cannot read {path}: {error}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: use-terrarium.py ENTRY CONFIGURATION")
    entry, path = read(sys.argv[1]), sys.argv[2]
    configuration = read(path)
    runners = configuration.get("task-runners") if isinstance(configuration, dict) else None
    if not isinstance(runners, list) or not all(isinstance(runner, dict) for runner in runners):
        sys.exit(f"use-terrarium: {path} has no list \"task-runners\" of objects; is it the launcher's configuration?")
    kind, port = entry["runner-type"], entry["health-check-server-port"]
    others = [runner for runner in runners if runner.get("runner-type") != kind]
    # The launcher refuses two runners with one port.
    if any(runner.get("health-check-server-port") == port for runner in others):
        sys.exit(f"use-terrarium: another runner in {path} has the health check port {port}; change it in {sys.argv[1]}")
    configuration["task-runners"] = others + [entry]
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(configuration, file, indent=2)
        file.write("\n")
    os.replace(f"{path}.new", path)


main()
