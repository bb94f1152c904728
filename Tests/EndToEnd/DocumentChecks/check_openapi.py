"""Holds a running service's answers against docs/openapi.yaml.

usage: check_openapi.py SOCKET DOCUMENT

The service has one slot and a queue of one. Every operation and every documented answer is met at least once; what the
document does not have is a mistake, and so is a document that would take anything.
"""
import copy
import http.client
import json
import socket
import sys
import threading

import jsonschema
import yaml

path, document = sys.argv[1:]
with open(document) as file:
    api = yaml.safe_load(file)
seen = set()
seen_bodies = set()
mistakes = []


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(600)
        self.sock.connect(path)


def resolve(node):
    while "$ref" in node:
        target = api
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, "components": api["components"]})


def problems_of(schema, value):
    return [error.message for error in validator(schema).iter_errors(value)]


def ask(method, target, body=None, accept=None, template=None, headers={}):
    """Sends a request and checks the answer; returns status and values."""
    connection = Connection("localhost")
    headers = {"Accept": accept, **headers} if accept else headers
    connection.request(method, target, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    name = template or target
    where = f"{method} {name} {answer.status}"
    operation = api["paths"][name][method.lower()]
    if body is not None:
        # What the document allows is not a bad request, and what it does not allow is one.
        schema = resolve(operation["requestBody"]["content"]["application/json"]["schema"])
        problems = problems_of(schema, body)
        if bool(problems) != (answer.status == 400):
            mistakes.append(f"{where}: {json.dumps(body)[:200]}: the document says {problems or 'all is well'}: {text[:200]}")
        seen_bodies.add((name, bool(problems)))
    documented = operation["responses"].get(str(answer.status))
    if len(answer.headers.get("X-Request-Id", "")) != 32:
        mistakes.append(f"{where}: no X-Request-Id")
    if documented is None:
        mistakes.append(f"{where}: the document does not have this status: {text[:200]}")
        return answer.status, []
    documented = resolve(documented)
    seen.add((name, method.lower(), str(answer.status)))
    for header, about in documented.get("headers", {}).items():
        if about.get("required") and answer.headers.get(header) is None:
            mistakes.append(f"{where}: no {header}")
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    content = documented["content"].get(kind)
    if content is None:
        mistakes.append(f"{where}: the document does not have {kind}")
        return answer.status, []
    if kind == "text/plain":
        return answer.status, [text.decode()]
    lines = text.splitlines() if kind == "application/x-ndjson" else [text]
    values = [json.loads(line) for line in lines]
    for value in values:
        for problem in problems_of(content["schema"], value):
            mistakes.append(f"{where}: {problem}")
        spoil(content["schema"], value, where)
    return answer.status, values


def spoil(schema, value, where):
    """The control: the same value with a strange field is refused."""
    spoilt = copy.deepcopy(value)
    spoilt["surprise"] = True
    if not problems_of(schema, spoilt):
        mistakes.append(f"{where}: the document takes any field")


for target in ["/healthz", "/readyz", "/metrics", "/v1/info", "/v1/settings", "/v1/tasks", "/v1/openapi.json"]:
    assert ask("GET", target)[0] == 200, target
if (served := ask("GET", "/v1/openapi.json")[1][0]) != api:
    mistakes.append("GET /v1/openapi.json is not docs/openapi.yaml: run scripts/openapi.py")
assert ask("POST", "/v1/reload")[0] == 200
for call in ["/v1/run", "/v1/check"]:
    assert ask("POST", call, {"code": "return []"}, headers={"Content-Encoding": "gzip"})[0] == 415, call

programs = {
    "return []": None,
    "return {'json': {'a': [1, 'x', None, {'b': 1.5}]}}": "succeeded",
    "import sys\nprint('x')\nprint('y', file=sys.stderr)\nreturn {'a': 1}": None,
    "return (": "syntax_error",
    "import os": "policy_violation",
    "raise ValueError('no')": "python_error",
    "return 5": "invalid_result",
    "while True: pass": "timed_out",
}
for mode in ["all_items", "each_item"]:
    for accept in [None, "application/x-ndjson"]:
        for code, outcome in programs.items():
            # Only the one that has no end of its own is stopped: how long the others take depends on the machine.
            timeout = 300 if outcome == "timed_out" else 60_000
            request = {"code": code, "items": [{"n": 1}, {"json": {"n": 2}}], "mode": mode, "timeout_ms": timeout, "label": "check"}
            problems = problems_of({"$ref": "#/components/schemas/RunRequest"}, request)
            assert not problems, problems
            status, values = ask("POST", "/v1/run", request, accept)
            if outcome and (status != 200 or values[-1]["outcome"] != outcome):
                mistakes.append(f"{code!r} came to {status} {values[-1:]}")
every_field = {"items": [{}], "mode": "each_item", "continue_on_fail": True, "stream_items": True, "timeout_ms": 1000, "label": "l" * 256}
for call in ["/v1/run", "/v1/check"]:
    ask("POST", call, {"code": "return None", **every_field})
    for field, values in {
        "code": [5, ""],
        "items": [[5], {}],
        "mode": ["", "all"],
        "continue_on_fail": [1],
        "stream_items": [0],
        "timeout_ms": [0, -1, 1.5, "5", None],
        "label": [5, "l" * 257, "a\nb"],
        "surprise": [True],
    }.items():
        for value in values:
            ask("POST", call, {"code": "return []", **every_field, field: value})
    ask("POST", call, every_field)
ask("POST", "/v1/run", {"code": "#" * 70000})
half = {"code": "import time\ntime.sleep(0.1)\nreturn {'x': 1 / (2 - _item['json']['n'])}", "mode": "each_item",
        "stream_items": True, "items": [{"n": 0}, {"n": 1}, {"n": 2}]}
partial = ask("POST", "/v1/run", half)[1][0]
if len(partial.get("partial_items", [])) != 2:
    mistakes.append(f"no partial items: {partial}")
events = ask("POST", "/v1/run", half, "application/x-ndjson")[1]
if [len(event["items"]) for event in events if event["event"] == "items"] != [1, 1] or "partial_items" in events[-1]:
    mistakes.append(f"the items are not events: {events}")
ask("POST", "/v1/check", {"code": "import os\nprint(item.json.x)\nreturn _items[0].json"})
ask("POST", "/v1/check", {"code": "#" * 70000})
ask("DELETE", "/v1/tasks/" + "0" * 32, template="/v1/tasks/{id}")

assert ask("GET", "/v1/history?failed=true", template="/v1/history")[0] == 200
assert ask("GET", "/v1/history?limit=0", template="/v1/history")[0] == 400

# One runs, one waits, and the next is turned away.
waiting = {"code": "import time\ntime.sleep(55)", "label": "waits"}
threads = [threading.Thread(target=ask, args=("POST", "/v1/run", waiting)) for _ in range(2)]
tasks = []
for thread in threads:
    thread.start()
while len(tasks) < 2:
    tasks = ask("GET", "/v1/tasks")[1][0]["tasks"]
assert ask("POST", "/v1/run", {"code": "return []"})[0] == 429
for task in tasks:
    assert ask("DELETE", "/v1/tasks/" + task["id"], template="/v1/tasks/{id}")[0] == 202
for thread in threads:
    thread.join()

# 503 needs a service that goes away, and a check is turned away as a run is. HTTPAPITests meet the checks that do not finish,
# DaemonTests the reloads that are refused or fail.
elsewhere = {
    ("/v1/run", "post", "503"),
    ("/v1/check", "post", "503"),
    ("/v1/check", "post", "429"),
    ("/v1/check", "post", "500"),
    ("/v1/check", "post", "504"),
    ("/readyz", "get", "503"),
    ("/v1/reload", "post", "403"), ("/v1/settings", "get", "403"),
    ("/v1/reload", "post", "422"),
    ("/v1/reload", "post", "503"),
}
for name, operations in api["paths"].items():
    for method, operation in operations.items():
        for status in operation["responses"]:
            if (name, method, status) not in seen | elsewhere:
                mistakes.append(f"{method} {name}: {status} was never met")
for call in ["/v1/run", "/v1/check"]:
    for refused in [False, True]:
        if (call, refused) not in seen_bodies:
            mistakes.append(f"{call}: no request was {'refused' if refused else 'taken'}")
print("\n".join(mistakes) or f"{len(seen)} documented answers met")
sys.exit(1 if mistakes else 0)
