"""The units for an n8n without containers, and the commands that install them."""

import json
import os
import re
import shutil
import tempfile

from n8n_common import accepted, folder, package, read, run, skipped, terrarium, wrong


def check_units():
    launcher = json.loads(read(f"{folder}/systemd/task-runners.json"))["task-runners"]
    if [runner["runner-type"] for runner in launcher] != ["javascript"]:
        wrong("task-runners.json: not the JavaScript runner alone")
    if not shutil.which("systemd-analyze"):
        return skipped("the units: there is no systemd-analyze")
    with tempfile.TemporaryDirectory() as scratch:
        service = read(f"{package}/packaging/systemd/terrarium.service").replace("@PREFIX@/bin/terrarium", terrarium)
        javascript = read(f"{folder}/systemd/n8n-javascript-runner.service").replace("/usr/local/bin/task-runner-launcher", "/bin/true")
        units = {"terrarium.service": service.replace("@PREFIX@", "/usr").replace("@SYSCONFDIR@", "/etc"),
                 "n8n.service": "[Service]\nExecStart=/bin/true\n", "n8n-javascript-runner.service": javascript}
        for name, text in units.items():
            with open(f"{scratch}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        for name in ["terrarium", "n8n"]:
            os.mkdir(f"{scratch}/{name}.service.d")
            shutil.copy(f"{folder}/systemd/{name}.conf", f"{scratch}/{name}.service.d/own.conf")
        for name in units:
            verified = run(["systemd-analyze", "verify", f"{scratch}/{name}"])
            for line in verified.stderr.splitlines():
                if scratch in line or name in line:
                    wrong(f"systemd: {line}")
    environment = {}
    for name in ["terrarium.conf", "n8n.conf", "n8n-javascript-runner.service"]:
        text = read(f"{folder}/systemd/{name}")
        environment[name] = dict(re.findall(r"^Environment=([A-Z0-9_]+)=(.*)$", text, re.M))
        if "\nEnvironmentFile=/etc/n8n/runners.env\n" not in text:
            wrong(f"{name}: not the token of the others")
        # Runners that are stopped ahead of n8n wait for it to drain until their grace has passed.
        if name != "n8n.conf" and "\nBefore=n8n.service\n" not in text:
            wrong(f"{name}: is stopped before n8n")
    accepted(dict(environment["terrarium.conf"], N8N_RUNNERS_AUTH_TOKEN="x"), "terrarium.conf")
    if environment["n8n.conf"] != {"N8N_RUNNERS_MODE": "external"}:
        wrong("n8n.conf: the runners are not external")
    return None


def in_own_etc(body, where):
    """Carries out commands for a machine of one's own, with an /etc that is thrown away, and no systemd."""
    if os.geteuid() != 0:
        return skipped(f"{where}: not root")
    with tempfile.TemporaryDirectory() as scratch:
        os.makedirs(f"{scratch}/bin")
        with open(f"{scratch}/bin/systemctl", "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\necho "$@" >>"$CALLS"\n')
        os.chmod(file.name, 0o755)
        os.mkdir(f"{scratch}/layers")
        script = f"""
            mount -t tmpfs tmpfs {scratch}/layers || exit 70
            mkdir {scratch}/layers/upper {scratch}/layers/work
            mount -t overlay overlay -o lowerdir=/etc,upperdir={scratch}/layers/upper,workdir={scratch}/layers/work /etc || exit 70
            set -eux
            {body}
            set +x
            find /etc/n8n /etc/systemd/system/*n8n* /etc/systemd/system/terrarium.service.d -type f -printf '%p %m\\n' | sort
        """
        calls = f"{scratch}/calls"
        ran = run(["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script], cwd=package,
                  env={"PATH": f"{scratch}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "CALLS": calls})
        if ran.returncode == 70:
            return skipped(f"{where}: no overlay of /etc: {ran.stderr.strip()}")
        if ran.returncode:
            return wrong(f"{where}: {ran.stderr.strip()}")
        files = ran.stdout.splitlines()
        expected = [
            "/etc/n8n/runners.env 600", "/etc/n8n/task-runners.json 644",
            "/etc/systemd/system/n8n-javascript-runner.service 644", "/etc/systemd/system/n8n.service.d/runners.conf 644",
            "/etc/systemd/system/terrarium.service.d/n8n.conf 644",
        ]
        if files != expected:
            wrong(f"{where}: made {files}")
        if "daemon-reload" not in read(calls):
            wrong(f"{where}: systemd is not told")
    return None
