"""Runs n8n's real launcher with Terrarium as its Python runner: usage: check_launcher.py LAUNCHER TERRARIUM ENTRY

LAUNCHER is the program of n8n-io/task-runner-launcher, ENTRY the entry of its configuration file. A task broker on the loopback
hands out tokens, lets the launcher's offer stand for a task, and sends the task to the runner that the launcher starts. That is
done once for each spelling of variables that n8n's own runner accepts. Mistakes are printed, one a line; with any the exit code
is 1.
"""

import base64
import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

launcher, terrarium, entry = sys.argv[1:]

# Each is an environment of the launcher, besides tokens and addresses.
SPELLINGS = [
    {},
    {"N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "INFO"},
    {"N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "debug", "N8N_RUNNERS_MAX_CONCURRENCY": " 3 "},
    {"N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "verbose", "N8N_RUNNERS_TASK_TIMEOUT": "1_0"},
    {"N8N_RUNNERS_STDLIB_ALLOW": "json, ,re", "N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT": "0"},
]


class TaskBroker:
    """The part of n8n's task broker that a launcher and one runner need. Each connection has a thread."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.tokens = 0
        self.done = threading.Event()
        self.result = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        try:
            with connection:
                self.answer(connection, connection.makefile("rb"))
        except (OSError, EOFError):
            pass  # The other end is gone.

    def answer(self, connection, reader):
        request = reader.readline().decode().split()
        headers = {}
        while (line := reader.readline().decode().strip()):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if not request:
            return
        if request[1].startswith("/runners/_ws"):
            digest = hashlib.sha1((headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
            accept = base64.b64encode(digest.digest()).decode()
            connection.sendall(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
            )
            return self.talk(connection, reader)
        body = b"ok"
        if request[1] == "/runners/auth":
            reader.read(int(headers.get("content-length", "0")))
            self.tokens += 1
            body = json.dumps({"data": {"token": f"granted-{self.tokens}"}}).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
                           + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def talk(self, connection, reader):
        send(connection, {"type": "broker:inforequest"})
        is_launcher = receive(connection, reader)["name"].startswith("launcher-")
        send(connection, {"type": "broker:runnerregistered"})
        offer = receive(connection, reader)
        while offer["type"] != "runner:taskoffer":
            offer = receive(connection, reader)
        send(connection, {"type": "broker:taskofferaccept", "taskId": "t1", "offerId": offer["offerId"]})
        if is_launcher:
            # It defers the task, leaves, and starts the runner.
            receive(connection, reader)
            return
        while receive(connection, reader)["type"] != "runner:taskaccepted":
            pass
        settings = {"code": "return [{'json': {'n': len(_items)}}]", "items": [{"json": {}}] * 3,
                    "nodeMode": "runOnceForAllItems", "continueOnFail": False}
        send(connection, {"type": "broker:tasksettings", "taskId": "t1", "settings": settings})
        while (end := receive(connection, reader))["type"] not in ("runner:taskdone", "runner:taskerror"):
            pass
        self.result = end
        self.done.set()
        receive(connection, reader)


def read_exactly(reader, count):
    data = reader.read(count)
    if len(data) < count:
        raise EOFError
    return data


def receive(connection, reader):
    """The next text message of a client, whose frames are masked and not fragmented. Pings are answered."""
    while True:
        first, second = read_exactly(reader, 2)
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(read_exactly(reader, 2 if length == 126 else 8), "big")
        mask = read_exactly(reader, 4)
        data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(read_exactly(reader, length)))
        if first & 0x0F == 1:
            return json.loads(data)
        if first & 0x0F == 8:
            raise EOFError
        if first & 0x0F == 9:
            connection.sendall(bytes([0x8A, len(data)]) + data)


def send(connection, message):
    data = json.dumps(message).encode()
    head = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    connection.sendall(b"\x81" + head + data)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def check(spelling, scratch):
    broker = TaskBroker()
    own_port, runner_port = free_ports(2)
    with open(entry, encoding="utf-8") as file:
        runner = json.load(file)
    runner.update({"command": terrarium, "health-check-server-port": runner_port})
    with open(f"{scratch}/runners.json", "w", encoding="utf-8") as file:
        json.dump({"task-runners": [runner]}, file)
    environment = {
        "PATH": "/usr/bin:/bin", "N8N_RUNNERS_AUTH_TOKEN": "secret", "N8N_RUNNERS_CONFIG_PATH": file.name,
        "N8N_RUNNERS_TASK_BROKER_URI": f"http://127.0.0.1:{broker.port}",
        "N8N_RUNNERS_LAUNCHER_HEALTH_CHECK_PORT": own_port, **spelling,
    }
    with open(f"{scratch}/log", "w+b") as log:
        # A session of its own: the launcher and the runner are ended together.
        process = subprocess.Popen(
            [launcher, "python"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        # No limit on time but that of the test: a loaded machine takes long.
        while not broker.done.wait(0.1) and process.poll() is None:
            if b"exited with error" in open(log.name, "rb").read():
                break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        broker.listener.close()
        text = open(log.name, encoding="utf-8", errors="replace").read()
    wrong = []
    if (broker.result or {}).get("data") != {"result": [{"json": {"n": 3}}]}:
        wrong.append(f"the result is {broker.result}")
    for line in text.splitlines():
        if "ERROR" in line and re.search(r"Z (trace|debug|info|notice) ", line):
            wrong.append(f"shown as an error: {line}")
    if "secret" in text or "granted-" in text:
        wrong.append("a token is in the log")
    return [f"{spelling}: {one}" for one in wrong] + ([text] if wrong else [])


mistakes = []
with tempfile.TemporaryDirectory() as scratch:
    for spelling in SPELLINGS:
        mistakes += check(spelling, scratch)
print("\n".join(mistakes))
sys.exit(1 if mistakes else 0)
