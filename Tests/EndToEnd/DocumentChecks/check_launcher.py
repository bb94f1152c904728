"""Runs n8n's real launcher with Terrarium as its Python runner: usage: check_launcher.py LAUNCHER TERRARIUM ENTRY

LAUNCHER is the program of n8n-io/task-runner-launcher, ENTRY the entry of its configuration file. A task broker on the loopback
hands out tokens, lets the launcher's offer stand for a task, and sends the task to the runner that the launcher starts. That is
done once for each spelling of variables that n8n's own runner accepts. A launcher that passes SIGTERM on to its runner, as it does
from 1.5, is also terminated in the middle of a task. Mistakes are printed, one a line; with any the exit code is 1.
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
        runner = Runner(connection, reader)
        runner.accept("t1")
        if is_launcher:
            # It defers the task, leaves, and starts the runner.
            receive(connection, reader)
            return
        self.work(runner)

    def work(self, runner):
        runner.settings("t1", "return [{'json': {'n': len(_items)}}]")
        self.result = runner.end("t1")
        self.done.set()
        receive(runner.connection, runner.reader)


class TerminatingTaskBroker(TaskBroker):
    """Has the launcher terminated while a task runs, and drains when another task was served all the same."""

    def __init__(self):
        super().__init__()
        self.begun = threading.Event()
        self.terminated = threading.Event()
        self.served = None

    def work(self, runner):
        runner.settings("t1", "import time\nprint('begun')\ntime.sleep(2)\nreturn [{'json': {'n': len(_items)}}]")
        runner.wait(lambda message: message["type"] == "runner:rpc")
        self.begun.set()
        self.terminated.wait()
        runner.accept("t2")
        runner.settings("t2", "return 'served'")
        self.served = runner.end("t2").get("data")
        send(runner.connection, {"type": "broker:drain"})
        self.result = runner.end("t1")
        self.done.set()
        receive(runner.connection, runner.reader)


class Runner:
    """The task broker's end of a runner's connection."""

    def __init__(self, connection, reader):
        self.connection, self.reader = connection, reader
        self.offers, self.early = [], []

    def wait(self, is_meant):
        """The first message that is meant; the others are kept. Offers are counted besides."""
        for message in self.early:
            if is_meant(message):
                self.early.remove(message)
                return message
        while True:
            message = receive(self.connection, self.reader)
            if message["type"] == "runner:taskoffer":
                self.offers.append(message["offerId"])
            if is_meant(message):
                return message
            self.early.append(message)

    def accept(self, task):
        if not self.offers:
            self.wait(lambda message: message["type"] == "runner:taskoffer")
        send(self.connection, {"type": "broker:taskofferaccept", "taskId": task, "offerId": self.offers.pop()})

    def settings(self, task, code):
        self.wait(lambda message: message["type"] == "runner:taskaccepted" and message["taskId"] == task)
        settings = {"code": code, "items": [{"json": {}}] * 3, "nodeMode": "runOnceForAllItems", "continueOnFail": False}
        send(self.connection, {"type": "broker:tasksettings", "taskId": task, "settings": settings})

    def end(self, task):
        ends = ("runner:taskdone", "runner:taskerror")
        return self.wait(lambda message: message["type"] in ends and message["taskId"] == task)


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


def start(broker, spelling, scratch, log):
    """The launcher, in a session of its own: it and the runner can be ended together."""
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
    return subprocess.Popen([launcher, "python"], env=environment, stdout=log, stderr=log, start_new_session=True)


def contents(log):
    with open(log.name, "rb") as file:
        return file.read()


def wait(event, process, log):
    """Whether the event comes before the launcher or its runner ends. There is no limit on time but that of the test: a
    loaded machine takes long."""
    while not event.wait(0.1):
        if process.poll() is not None or b"exited with error" in contents(log):
            return False
    return True


def check(spelling, scratch):
    broker = TaskBroker()
    with open(f"{scratch}/log", "w+b") as log:
        process = start(broker, spelling, scratch, log)
        wait(broker.done, process, log)
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


def check_termination(scratch):
    broker = TerminatingTaskBroker()
    with open(f"{scratch}/log", "w+b") as log:
        process = start(broker, {"N8N_RUNNERS_STDLIB_ALLOW": "time"}, scratch, log)
        status = None
        if wait(broker.begun, process, log):
            process.terminate()
            while b"Forwarding shutdown signal" not in contents(log) and process.poll() is None:
                broker.done.wait(0.05)
            broker.terminated.set()
            status = process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)
            left = True
        except ProcessLookupError:
            left = False
        broker.listener.close()
        text = open(log.name, encoding="utf-8", errors="replace").read()
    wrong = []
    if broker.served != {"result": "served"}:
        wrong.append("no task is served after the launcher was terminated")
    if (broker.result or {}).get("data") != {"result": [{"json": {"n": 3}}]}:
        wrong.append(f"the result is {broker.result}")
    if status != 0 or left:
        wrong.append(f"the launcher ends with {status}, {'before' if left else 'after'} its runner")
    if "drained and exited on shutdown" not in text:
        wrong.append("the runner does not end with exit code 0")
    return [f"terminated: {one}" for one in wrong] + ([text] if wrong else [])


mistakes = []
with tempfile.TemporaryDirectory() as scratch:
    for spelling in SPELLINGS:
        mistakes += check(spelling, scratch)
    with open(launcher, "rb") as program:
        if b"Forwarding shutdown signal" in program.read():
            mistakes += check_termination(scratch)
print("\n".join(mistakes))
sys.exit(1 if mistakes else 0)
