"""The compose files of packaging/n8n: the keys of the Compose specification that they use, and what n8n and its launcher need."""

import os
import re
import shutil

from n8n_common import folder, load, run, skipped, wrong

TOP = {"name", "services", "networks", "volumes"}
SERVICE = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "networks", "ports", "read_only",
    "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes",
}
BUILD = {"context", "dockerfile", "args"}
HEALTH = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"^(\d+h)?(\d+m)?(\d+s)?$")
# ${NAME}, ${NAME:-default}, ${NAME:?what to say}
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::([-?])([^}]*))?\}")


def texts(value):
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    else:
        yield str(value)


def check_service(name, where, service, file):
    for key in service.keys() - SERVICE:
        wrong(f"{name}: {where}: no such key of a service here: {key}")
    if not isinstance(service.get("image"), str):
        wrong(f"{name}: {where}: no image")
    for variable, value in service.get("environment", {}).items():
        # YAML's true and 60 are no texts, and compose refuses the first.
        if not isinstance(value, str):
            wrong(f"{name}: {where}: {variable} is not a text: {value!r}")
    for other, needs in service.get("depends_on", {}).items():
        if other not in file["services"]:
            wrong(f"{name}: {where}: depends on {other}, which is not there")
        elif needs.get("condition") not in CONDITIONS:
            wrong(f"{name}: {where}: {needs} is no condition")
        elif needs["condition"] == "service_healthy" and "healthcheck" not in file["services"][other]:
            wrong(f"{name}: {where}: waits for the health of {other}, which has no check")
    for network in service.get("networks", []):
        if network not in file.get("networks", {}):
            wrong(f"{name}: {where}: the network {network} is not declared")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith((".", "/")) and source not in file.get("volumes", {}):
            wrong(f"{name}: {where}: the volume {source} is not declared")
    if "build" in service:
        for key in service["build"].keys() - BUILD:
            wrong(f"{name}: {where}: no such key of a build here: {key}")
        context = os.path.normpath(f"{folder}/{service['build']['context']}")
        if not os.path.isfile(f"{context}/{service['build']['dockerfile']}"):
            wrong(f"{name}: {where}: {service['build']['dockerfile']} is not in its build context")
    health = service.get("healthcheck", {})
    for key in health.keys() - HEALTH:
        wrong(f"{name}: {where}: no such key of a health check: {key}")
    if health and (not isinstance(health.get("test"), list) or health["test"][0] != "CMD" or len(health["test"]) < 2):
        wrong(f"{name}: {where}: the test of the health check is not a list that begins with CMD")
    for key in ["interval", "timeout", "start_period"]:
        if not DURATION.match(str(health.get(key, "1s"))):
            wrong(f"{name}: {where}: {key} of the health check is no duration: {health[key]}")
    if not DURATION.match(str(service.get("stop_grace_period", "1s"))):
        wrong(f"{name}: {where}: stop_grace_period is no duration")


def check_pairs(name, file, entry):
    """Each n8n has exactly one container of runners, for both languages, which reaches it and knows its secret."""
    passed = set(entry.get("allowed-env", [])) | LAUNCHER
    for where, service in file["services"].items():
        if not str(service.get("image", "")).startswith("n8nio/n8n:"):
            continue
        own = service.get("environment", {})
        if own.get("N8N_RUNNERS_MODE") != "external":
            wrong(f"{name}: {where}: the runners are not external")
        if own.get("N8N_RUNNERS_BROKER_LISTEN_ADDRESS") != "0.0.0.0":
            wrong(f"{name}: {where}: the task broker listens on this container's 127.0.0.1 only")
        uri = f"http://{where}:5679"
        runners = [
            (other, one) for other, one in file["services"].items()
            if one.get("environment", {}).get("N8N_RUNNERS_TASK_BROKER_URI") == uri
        ]
        if len(runners) != 1:
            wrong(f"{name}: {where}: {len(runners)} services have its task broker, {uri}")
        for other, one in runners:
            for variable in ["N8N_RUNNERS_AUTH_TOKEN", "N8N_RUNNERS_TASK_TIMEOUT"]:
                if not own.get(variable) or own[variable] != one["environment"].get(variable):
                    wrong(f"{name}: {variable} of {where} and {other} differ")
            # Runners that are stopped ahead of n8n wait for it to drain until their grace has passed.
            if where in one.get("depends_on", {}):
                wrong(f"{name}: {other}: is stopped before {where}")
            if not set(service.get("networks", ["default"])) & set(one.get("networks", ["default"])):
                wrong(f"{name}: {where} and {other} have no network in common")
            if one.get("build", {}).get("dockerfile") != "packaging/n8n/Dockerfile" or "command" in one:
                wrong(f"{name}: {other}: not the image that runs JavaScript and Python")
            if one["image"].split(":", 1)[1] != service["image"].split(":", 1)[1]:
                wrong(f"{name}: {where} and {other} are of two versions")
            for variable in one["environment"].keys() - passed:
                wrong(f"{name}: {other}: {variable} does not reach the Python runner: it is not in allowed-env")


# What the launcher reads itself, or sets for every runner.
LAUNCHER = {
    "N8N_RUNNERS_AUTH_TOKEN", "N8N_RUNNERS_TASK_BROKER_URI", "N8N_RUNNERS_LAUNCHER_HEALTH_CHECK_PORT", "N8N_RUNNERS_CONFIG_PATH",
    "LANG", "PATH", "TZ", "TERM",
}


def check_compose(name, entry):
    file = load(name)
    if not file.get("services"):
        return wrong(f"{name}: no services")
    for key in file.keys() - TOP:
        if not key.startswith("x-"):
            wrong(f"{name}: no such key: {key}")
    for where, service in file["services"].items():
        check_service(name, where, service, file)
    check_pairs(name, file, entry)
    needed = set()
    for text in texts(file["services"]):
        rest = VARIABLE.sub("", text)
        if "$" in rest:
            wrong(f"{name}: not a variable that compose fills in: {text}")
        needed |= {variable for variable, kind, _ in VARIABLE.findall(text) if kind == "?"}
    values = {variable: "x" for variable in needed}
    command = ["docker-compose"]
    if shutil.which("docker") and run(["docker", "compose", "version"]).returncode == 0:
        command = ["docker", "compose"]
    if not shutil.which(command[0]):
        return skipped(f"docker compose config of {name}: there is no docker compose")
    checked = run(command + ["--file", f"{folder}/{name}", "config", "--quiet"], env=dict(os.environ, **values))
    if checked.returncode:
        wrong(f"{name}: {checked.stderr.strip()}")
    # The control: without its secrets a file is refused.
    if needed and not run(command + ["--file", f"{folder}/{name}", "config", "--quiet"]).returncode:
        wrong(f"{name}: is accepted without {sorted(needed)}")
