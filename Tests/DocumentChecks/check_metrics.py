"""Reads a metrics page with Prometheus' own Python parser.

usage: check_metrics.py < PAGE
"""
import sys

from prometheus_client.parser import text_string_to_metric_families

text = sys.stdin.read()
families = {family.name: family for family in text_string_to_metric_families(text)}
mistakes = []
for name, family in families.items():
    if not name.startswith("terrarium_"):
        mistakes.append(f"{name}: not of this service")
    if not family.documentation:
        mistakes.append(f"{name}: no help")
    if family.type not in ("counter", "gauge", "histogram"):
        mistakes.append(f"{name}: type {family.type}")
    labels = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
    if len(labels) != len(set(labels)):
        mistakes.append(f"{name}: a sample twice")
    if family.type == "histogram":
        buckets = [sample for sample in family.samples if sample.name == f"{name}_bucket"]
        counts = [sample.value for sample in buckets]
        count = [sample.value for sample in family.samples if sample.name == f"{name}_count"]
        if counts != sorted(counts) or buckets[-1].labels["le"] != "+Inf" or counts[-1:] != count:
            mistakes.append(f"{name}: buckets that do not add up")
names = []
for line in text.splitlines():
    if line.startswith("# TYPE "):
        _, _, name, kind = line.split()
        names.append(name)
        # The parser is lenient here.
        if kind == "counter" and not name.endswith("_total"):
            mistakes.append(f"{name}: a counter whose name does not end in _total")
if len(names) != len(set(names)):
    mistakes.append("a family twice")
tasks = {sample.labels["outcome"]: sample.value for sample in families["terrarium_tasks"].samples}
if tasks["succeeded"] < 1:
    mistakes.append("the task that ran is not counted")
print("\n".join(mistakes) or f"{len(families)} families")
sys.exit(1 if mistakes else 0)
