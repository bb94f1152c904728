#!/usr/bin/env python3
"""Measures what the policy costs loops of libraries: in a task, and in plain CPython with the same packages.

usage: library_costs.py PROGRAMS SITE [TURNS]

PROGRAMS is the folder of a release build, SITE one with pandas, sympy, pydantic and jinja2. A task and a process of plain
CPython take turns, five of each unless TURNS says otherwise. Prints for each loop the least processor time of both and their
ratio, and ends with 1 if a ratio is over 1.03.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import time

BOUND = 1.03
LOOPS = pathlib.Path(__file__).with_name("loops.py")


def plain(site):
    body = textwrap.indent(LOOPS.read_text(), "    ")
    program = "import json, sys\nsys.path.insert(0, sys.argv[1])\ndef task():\n%s\nprint(json.dumps(task()))\n" % body
    return json.loads(subprocess.run([sys.executable, "-I", "-c", program, site], check=True, capture_output=True).stdout)


def in_task(programs, environment):
    command = [programs + "/terrarium", "run", str(LOOPS), "--timeout", "300s"]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True).stdout
    return json.loads(answer)[0]["json"]


def main():
    programs, site = sys.argv[1], os.path.realpath(sys.argv[2])
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": "/usr/bin:/bin",
            "TERRARIUM_SOCKET": folder + "/socket",
            "TERRARIUM_STDLIB_ALLOW": "*",
            "TERRARIUM_EXTERNAL_ALLOW": "pandas,sympy,pydantic,jinja2",
            "TERRARIUM_SITE_PACKAGES": site,
            "TERRARIUM_TASK_TIMEOUT": "300",
            "TERRARIUM_MEMORY_LIMIT": "1G",
            "TERRARIUM_EMBEDDED": "never",
        }
        service = subprocess.Popen([programs + "/terrarium", "serve"], env=environment, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 120
            while not os.path.exists(folder + "/socket"):
                if service.poll() is not None or time.monotonic() > deadline:
                    sys.exit("library_costs: the service does not start")
                time.sleep(0.1)
            figures = [(in_task(programs, environment), plain(site)) for _ in range(turns)]
        finally:
            service.terminate()
            service.wait()
    over = False
    for loop in figures[0][0]:
        task, reference = (min(turn[side][loop] for turn in figures) for side in (0, 1))
        ratio = task / reference
        over = over or ratio > BOUND
        print("%-10s %8.2f ms in a task %8.2f ms in plain CPython %6.3f" % (loop, task * 1e3, reference * 1e3, ratio))
    sys.exit(1 if over else 0)


main()
