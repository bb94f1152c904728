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
        series = {}
        for sample in family.samples:
            key = tuple(sorted(label for label in sample.labels.items() if label[0] != "le"))
            series.setdefault(key, {}).setdefault(sample.name.removeprefix(name), []).append(sample)
        for key, parts in series.items():
            buckets = parts["_bucket"]
            counts = [sample.value for sample in buckets]
            count = [sample.value for sample in parts["_count"]]
            if counts != sorted(counts) or buckets[-1].labels["le"] != "+Inf" or counts[-1:] != count:
                mistakes.append(f"{name}{key}: buckets that do not add up")
            if len(parts["_sum"]) != 1:
                mistakes.append(f"{name}{key}: no sum")
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
# What operators are promised, by family: the label and the values it has to have.
promised = {
    "terrarium_info": None,
    "terrarium_ready": None,
    "terrarium_tasks": ("outcome", {"succeeded", "timed_out", "memory_exceeded", "worker_died"}),
    "terrarium_tasks_rejected": ("reason", {"queue_full", "rate", "draining"}),
    "terrarium_tasks_running": None,
    "terrarium_tasks_waiting": None,
    "terrarium_task_phase_seconds": ("phase", {"queue", "start", "decode", "run", "encode"}),
    "terrarium_policy_violations": ("construct", {"os"}),
    "terrarium_items_bytes_in": None,
    "terrarium_items_bytes_out": None,
    "terrarium_workers": ("state", {"warm", "starting", "running"}),
    "terrarium_forks": None,
    "terrarium_worker_kills": ("reason", {"timeout", "cancel", "shutdown", "cpu", "memory", "system_call", "output"}),
    "terrarium_sandbox_layer_active": ("layer", {"seccomp"}),
    "terrarium_config_reloads": ("result", {"accepted", "rejected"}),
    "terrarium_log_lines_dropped": None,
    "terrarium_build_info": None,
    "terrarium_limit_concurrency": None,
    "terrarium_limit_task_memory_bytes": None,
    "terrarium_user_tasks": ("result", {"succeeded", "failed", "rejected"}),
    "terrarium_process_cpu_seconds": None,
    "terrarium_process_resident_memory_bytes": None,
    "terrarium_process_open_fds": None,
    "terrarium_process_start_time_seconds": None,
}
for name, labels in promised.items():
    samples = families[name].samples if name in families else []
    if not samples:
        mistakes.append(f"{name}: not there")
    elif labels and not labels[1] <= {sample.labels[labels[0]] for sample in samples}:
        mistakes.append(f"{name}: not every value of {labels[0]} is there")
for phase in ("queue", "start", "decode", "run", "encode"):
    labels = {"phase": phase}
    counts = [s.value for s in families["terrarium_task_phase_seconds"].samples
              if s.name.endswith("_count") and s.labels == labels]
    if counts < [1]:
        mistakes.append(f"the phase {phase} of the task that ran was not measured")
if families["terrarium_forks"].samples[0].value < 1:
    mistakes.append("no fork is counted")
tasks = {sample.labels["outcome"]: sample.value for sample in families["terrarium_tasks"].samples}
if tasks["succeeded"] < 1:
    mistakes.append("the task that ran is not counted")
print("\n".join(mistakes) or f"{len(families)} families")
sys.exit(1 if mistakes else 0)
