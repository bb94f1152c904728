#!/usr/bin/python3
"""Takes the place of n8n's launcher where its image cannot be had, and of a task broker: launcher-stand-in.py TYPE...

It reads the launcher's configuration, checks it and prepares the runner's environment by the rules of launcher 1.4.7
(internal/config/config.go, internal/env/env.go), starts the Python runner, gives it one task, and answers health checks on
port 5680. Runners of other types are skipped by name. What the runner answers is printed as one line of JSON.
"""

import asyncio
import base64
import hashlib
import json
import os
import sys

TASK = {
    "code": "print('hello')\nreturn [{'json': {'sum': sum(item['json']['n'] for item in _items)}}]",
    "nodeMode": "runOnceForAllItems",
    "items": [{"json": {"n": 40}}, {"json": {"n": 2}}],
    "continueOnFail": False,
    "workflowName": "image", "workflowId": "1", "nodeName": "Code", "nodeId": "2",
}
REQUIRED = {
    "N8N_RUNNERS_TASK_BROKER_URI": os.environ.get("N8N_RUNNERS_TASK_BROKER_URI", "http://127.0.0.1:5679"),
    "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "true",
    "N8N_RUNNERS_GRANT_TOKEN": "a-grant-token",
}


def configuration(types):
    path = os.environ.get("N8N_RUNNERS_CONFIG_PATH", "/etc/n8n-task-runners.json")
    with open(path, encoding="utf-8") as file:
        runners = json.load(file)["task-runners"]
    chosen = {}
    for kind in types:
        chosen[kind] = next((runner for runner in runners if runner["runner-type"] == kind), None)
        assert chosen[kind], f"{path} has no runner of the type {kind}"
    ports = [runner["health-check-server-port"] for runner in chosen.values()]
    assert len(set(ports)) == len(ports), f"one port twice: {ports}"
    assert not {"5678", "5679", "5680"} & set(ports), f"a reserved port: {ports}"
    assert all(isinstance(value, str) for runner in chosen.values() for value in runner["env-overrides"].values())
    return chosen


def environment(runner):
    passed = ["LANG", "PATH", "TZ", "TERM"] + runner["allowed-env"]
    values = {name: os.environ[name] for name in passed if name in os.environ}
    values.update(REQUIRED)
    values["N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT"] = runner["health-check-server-port"]
    values["N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT"] = os.environ.get("N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT", "15")
    values["N8N_RUNNERS_TASK_TIMEOUT"] = os.environ.get("N8N_RUNNERS_TASK_TIMEOUT", "60")
    fixed = set(REQUIRED) | {"N8N_RUNNERS_HEALTH_CHECK_SERVER_PORT"}
    values.update({name: value for name, value in runner["env-overrides"].items() if name not in fixed})
    return values


async def receive(reader):
    """The next text message; the runner's frames are masked, and control frames are passed over."""
    text = b""
    while True:
        head = await reader.readexactly(2)
        size = head[1] & 0x7F
        if size > 125:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
        mask = await reader.readexactly(4)
        data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(await reader.readexactly(size)))
        if head[0] & 0x0F == 8:
            raise EOFError(f"the runner closed the connection: {data!r}")
        if head[0] & 0x0F <= 2:
            text += data
            if head[0] & 0x80:
                return json.loads(text)


def send(writer, message):
    data = json.dumps(message).encode()
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
    writer.write(b"\x81" + size + data)


async def runner_connection(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert head.startswith("GET /runners/_ws?id="), head
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    fields = {name.lower(): value for name, value in fields.items()}
    assert fields["authorization"] == "Bearer a-grant-token", head
    key = fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    writer.write(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    send(writer, {"type": "broker:inforequest"})
    prints, given = [], False
    while True:
        message = await receive(reader)
        kind = message["type"]
        if kind == "runner:info":
            assert message["types"] == ["python"], message
            send(writer, {"type": "broker:runnerregistered"})
        elif kind == "runner:taskoffer" and not given:
            given = True
            send(writer, {"type": "broker:taskofferaccept", "taskId": "task", "offerId": message["offerId"]})
        elif kind == "runner:taskaccepted":
            send(writer, {"type": "broker:tasksettings", "taskId": "task", "settings": TASK})
        elif kind == "runner:rpc":
            prints.append(message["params"])
        elif kind in ("runner:taskdone", "runner:taskerror"):
            print(json.dumps({"answer": kind, "data": message.get("data", message.get("error")), "prints": prints}), flush=True)
        await writer.drain()


async def health(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"status\":\"ok\"}")
    await writer.drain()
    writer.close()


async def main():
    runners = configuration(sys.argv[1:])
    await asyncio.start_server(runner_connection, "127.0.0.1", 5679)
    await asyncio.start_server(health, "0.0.0.0", 5680)
    for kind, runner in runners.items():
        if kind != "python":
            print(f"skipped: the {kind} runner: n8n's image cannot be had here", flush=True)
            continue
        os.chdir(runner["workdir"])
        process = await asyncio.create_subprocess_exec(runner["command"], *runner["args"], env=environment(runner))
        print(f"the {kind} runner ended with {await process.wait()}", flush=True)
        sys.exit(1)


asyncio.run(main())
