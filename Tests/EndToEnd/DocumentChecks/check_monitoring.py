"""Holds the alerts and the dashboard of packaging/ against a metrics page: the metrics, labels and values that they name
exist, and docs/operations.md explains each alert. With promtool, which is optional, all expressions are parsed and the unit
tests of the alerts are run.

usage: check_monitoring.py ALERTS DASHBOARD [PROMTOOL] < PAGE
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

# What Prometheus and node_exporter add.
FOREIGN_METRICS = {"node_textfile_mtime_seconds"}
FOREIGN_LABELS = {"instance", "job"}
# Set by the tasks that have run; each value is one of a fixed set.
OPEN_LABELS = {("terrarium_policy_violations_total", "construct"), ("terrarium_policy_violations_total", "rule")}

SELECTOR = re.compile(r'\b((?:terrarium|node|process)_\w+)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')

mistakes = []
alerts_path, dashboard_path = sys.argv[1:3]
promtool = sys.argv[3] if len(sys.argv) > 3 else None

samples = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        labels = samples.setdefault(sample.name, {})
        for name, value in sample.labels.items():
            labels.setdefault(name, set()).add(value)


def check_expression(where, expression):
    """Notes what an expression names and the service does not have."""
    selectors = SELECTOR.findall(expression)
    if not selectors:
        mistakes.append(f"{where}: names no metric")
    known = set(FOREIGN_LABELS)
    for metric, matchers in selectors:
        if metric in FOREIGN_METRICS:
            continue
        if metric not in samples:
            mistakes.append(f"{where}: the service has no metric {metric}")
            continue
        labels = samples[metric]
        known |= labels.keys()
        for label, operator, value in MATCHER.findall(matchers):
            if label in FOREIGN_LABELS or (metric, label) in OPEN_LABELS:
                continue
            if label not in labels:
                mistakes.append(f"{where}: {metric} has no label {label}")
            elif operator in ("=", "!=") and value not in labels[label]:
                mistakes.append(f"{where}: {label} of {metric} has no value {value}")
            elif operator in ("=~", "!~") and not any(re.fullmatch(value, known_value) for known_value in labels[label]):
                mistakes.append(f"{where}: {label} of {metric} has no value like {value}")
    for grouped in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression):
        for label in re.findall(r"\w+", grouped):
            if label not in known:
                mistakes.append(f"{where}: no metric in it has the label {label}")
    return known


def check_texts(where, text, pattern, known):
    for label in re.findall(pattern, text):
        if label not in known:
            mistakes.append(f"{where}: its text has the label {label}, which the expression does not give")


groups = yaml.safe_load(Path(alerts_path).read_text(encoding="utf-8"))["groups"]
rules = [rule for group in groups for rule in group["rules"]]
manual = (Path(__file__).resolve().parents[3] / "docs/operations.md").read_text(encoding="utf-8")
explained = set(re.findall(r"`(Terrarium\w+)`", manual))
if explained != {rule["alert"] for rule in rules}:
    mistakes.append(f"operations.md explains other alerts: {explained ^ {rule['alert'] for rule in rules}}")
for rule in rules:
    known = check_expression(rule["alert"], rule["expr"])
    if rule["labels"].get("severity") not in ("critical", "warning"):
        mistakes.append(f"{rule['alert']}: no severity")
    for name in ("summary", "description"):
        check_texts(rule["alert"], rule["annotations"][name], r"\$labels\.(\w+)", known)

dashboard = json.loads(Path(dashboard_path).read_text(encoding="utf-8"))
expressions = []
taken = {}
for panel in dashboard["panels"]:
    where = f"panel {panel['title']!r}"
    place = panel["gridPos"]
    if place["x"] + place["w"] > 24:
        mistakes.append(f"{where}: wider than the dashboard")
    for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
        if cell in taken:
            mistakes.append(f"{where}: covers {taken[cell]}")
            break
        taken[cell] = where
    if panel["type"] != "row" and not panel["targets"]:
        mistakes.append(f"{where}: shows nothing")
    for target in panel.get("targets", []):
        known = check_expression(where, target["expr"])
        check_texts(where, target["legendFormat"], r"\{\{(\w+)\}\}", known)
        expressions.append(target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*"))
if len({panel["id"] for panel in dashboard["panels"]}) != len(dashboard["panels"]):
    mistakes.append("the dashboard has an id twice")
for variable in dashboard["templating"]["list"]:
    if variable["type"] == "query":
        check_expression(f"variable {variable['name']}", variable["definition"])

if promtool:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(alerts_path, f"{folder}/alerts.yaml")
        shutil.copy(Path(__file__).with_name("alerts.test.yaml"), folder)
        recorded = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(expressions)]
        Path(f"{folder}/panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
        for arguments in (["check", "rules", "alerts.yaml", "panels.yaml"], ["test", "rules", "alerts.test.yaml"]):
            run = subprocess.run([promtool, *arguments], cwd=folder, capture_output=True, text=True)
            if run.returncode != 0:
                mistakes.append(f"promtool {' '.join(arguments)}: {run.stdout}{run.stderr}")

print("\n".join(mistakes) or f"{len(rules)} alerts, {len(expressions)} expressions of the dashboard")
sys.exit(1 if mistakes else 0)
