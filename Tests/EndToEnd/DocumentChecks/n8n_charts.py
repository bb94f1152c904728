"""The values for Helm charts, and that every file has one version of n8n."""

import re

from n8n_common import load, package, read, wrong
from n8n_compose import LAUNCHER

# The values of 8gears/n8n-helm-chart 1.1.0 and of n8n-io/n8n-hosting charts/n8n 1.11.0 that may be used.
CHARTS = {
    "values.8gears.yaml": {
        "image": {"repository", "tag", "pullPolicy"},
        "main": {"config", "secret", "extraEnv", "initContainers", "extraVolumes", "resources", "terminationGracePeriodSeconds"},
        "worker": {"enabled", "replicaCount", "extraEnv", "initContainers", "extraVolumes", "resources", "terminationGracePeriodSeconds"},
        "valkey": {"enabled"},
    },
    "values.n8n.yaml": {
        "image": {"repository", "tag", "pullPolicy"},
        "taskRunners": {
            "enabled", "image", "mode", "authToken", "broker", "launcher", "nativePythonRunner", "customConfig", "resources", "extraEnv",
        },
    },
}
CONTAINER = {"name", "image", "restartPolicy", "env", "livenessProbe", "securityContext", "resources", "volumeMounts"}


def check_chart(name, entry):
    values = load(name)
    for part, keys in values.items():
        for key in {part} - CHARTS[name].keys() or (f"{part}.{key}" for key in keys.keys() - CHARTS[name].get(part, set())):
            wrong(f"{name}: no such value of the chart: {key}")
    passed = set(entry["allowed-env"]) | LAUNCHER
    if name == "values.n8n.yaml":
        image, environment = values["taskRunners"]["image"], values["taskRunners"]["extraEnv"]
        if image["tag"] != values["image"]["tag"] or image["repository"] == "n8nio/runners":
            wrong(f"{name}: not the image of this version")
        for variable in {one["name"] for one in environment} - passed:
            wrong(f"{name}: {variable} does not reach the Python runner")
        return
    if values["main"]["config"]["n8n"]["runners"]["mode"] != "external":
        wrong(f"{name}: the runners are not external")
    for part in ["main", "worker"]:
        sidecar = values[part]["initContainers"][0]
        for key in sidecar.keys() ^ CONTAINER:
            wrong(f"{name}: {part}: a key that the sidecar may not have, or lacks: {key}")
        if sidecar["restartPolicy"] != "Always":
            wrong(f"{name}: {part}: an init container that ends")
        environment = {one["name"]: one for one in sidecar["env"]}
        for variable in environment.keys() - passed:
            wrong(f"{name}: {part}: {variable} does not reach the Python runner")
        if environment["N8N_RUNNERS_AUTH_TOKEN"]["valueFrom"] != values[part]["extraEnv"]["N8N_RUNNERS_AUTH_TOKEN"]["valueFrom"]:
            wrong(f"{name}: {part}: two tokens")
        if environment["N8N_RUNNERS_TASK_TIMEOUT"]["value"] != str(values["main"]["config"]["n8n"]["runners"]["task_timeout"]):
            wrong(f"{name}: {part}: two timeouts")
        if sidecar["image"].split(":")[-1] != values["image"]["tag"]:
            wrong(f"{name}: {part}: runners of another version")
        if {one["name"] for one in sidecar["volumeMounts"]} - {one["name"] for one in values[part]["extraVolumes"]}:
            wrong(f"{name}: {part}: a volume that is not there")


def check_versions():
    """One version of n8n everywhere."""
    found = {}
    for name in ["packaging/n8n/Dockerfile", "packaging/n8n/compose.yaml", "packaging/n8n/compose.queue.yaml",
                 "packaging/n8n/values.8gears.yaml", "packaging/n8n/values.n8n.yaml", "docs/n8n.md"]:
        pattern = r"(?:N8N_VERSION(?:=|:-)|tag: \"|terrarium-runners:)(\d+\.\d+\.\d+)"
        found.setdefault(frozenset(re.findall(pattern, read(f"{package}/{name}"))), []).append(name)
    if len(found) != 1 or len(next(iter(found))) != 1:
        wrong(f"versions of n8n: {found}")
