"""Plays hostile clients of one user at once, each role on threads of its own.

usage: hostile_clients.py SOCKET HEALTH_PORT SECONDS ROLE...

Prints one JSON object: what each role achieved, so that the caller knows that it acted. A role goes on whatever the service
answers or closes.
"""

import json
import os
import select
import socket
import sys
import threading
import time

PATH, PORT, END = sys.argv[1], int(sys.argv[2]), time.monotonic() + float(sys.argv[3])
counts = {}
lock = threading.Lock()


def count(what, number=1):
    with lock:
        counts[what] = counts.get(what, 0) + number


def connect():
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(PATH)
    return connection


def request(code, accept="application/json", **more):
    body = json.dumps({"code": code, **more}).encode()
    head = "POST /v1/run HTTP/1.1\r\nHost: t\r\nAccept: %s\r\nContent-Length: %d\r\n\r\n" % (accept, len(body))
    return head.encode() + body


def slow_reader(number):
    """A task with a large result, or a stream of prints, of which hardly a byte is read."""
    if number % 2:
        message = request("return {'blob': 'x' * 40_000_000}")
    else:
        message = request("for _ in range(1000): print('x' * 1000)", accept="application/x-ndjson")
    with connect() as connection:
        connection.sendall(message)
        count("slow_reader.sent")
        while time.monotonic() < END:
            # A byte a second is a sign of life, and no rate.
            if not connection.recv(1):
                count("slow_reader.closed")
                return
            time.sleep(1)


def pipeliner(number):
    """Requests without end behind one whose task takes its time."""
    with connect() as connection:
        connection.sendall(request("import time\ntime.sleep(2)", timeout_ms=3000))
        connection.setblocking(False)
        rest = b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n" * 1000
        until = min(END, time.monotonic() + 4)
        while time.monotonic() < until:
            if select.select([], [connection], [], 0.2)[1]:
                count("pipeliner.bytes", connection.send(rest))
            else:
                count("pipeliner.stopped")
                time.sleep(0.5)


def chatty_worker(number):
    """A worker that writes as many messages as it can, through print and past it."""
    code = [
        "while True: print()",
        "import sys\nwhile True: sys.stderr.write('x')",
        # A log frame without text, of nine bytes, without Python's output in between.
        # A write may be cut short, and half a frame would end the worker.
        "import os\nframes = bytes([1, 0, 0, 0, 3, 0, 0, 0, 1]) * 1000\nrest = b''\n"
        "while True:\n    rest = rest or frames\n    rest = rest[os.write(3, rest):]",
    ][number % 3]
    with connect() as connection:
        connection.sendall(request(code, accept="application/x-ndjson", timeout_ms=2000))
        while time.monotonic() < END:
            data = connection.recv(1 << 16)
            count("chatty_worker.bytes", len(data))
            if not data or b'"event":"result"' in data:
                count("chatty_worker.ended")
                return


def idle_health(number):
    """Connections to the health port that never complete a request, opened again when the service closes them."""
    idle = []
    try:
        while time.monotonic() < END:
            while len(idle) < 150:
                connection = socket.create_connection(("127.0.0.1", PORT), timeout=5)
                connection.setblocking(False)
                idle.append(connection)
                count("idle_health.opened")
            for connection in list(idle):
                try:
                    connection.send(b"G")
                    if connection.recv(1) == b"":
                        raise OSError
                except BlockingIOError:
                    pass
                except OSError:
                    connection.close()
                    idle.remove(connection)
                    count("idle_health.closed")
            time.sleep(0.2)
    finally:
        for connection in idle:
            connection.close()


def idle_api(number):
    """Connections to the socket that never say anything."""
    idle = []
    try:
        while time.monotonic() < END:
            connection = connect()
            idle.append(connection)
            count("idle_api.opened")
            if len(idle) > 200:
                for old in idle:
                    old.close()
                idle = []
            time.sleep(0.01)
    finally:
        for connection in idle:
            connection.close()


def again_and_again(role, number):
    while time.monotonic() < END:
        try:
            role(number)
        except OSError as error:
            count("%s.%s" % (role.__name__, type(error).__name__))
            time.sleep(0.1)


def main():
    threads_of = {slow_reader: 6, pipeliner: 3, chatty_worker: 3, idle_health: 1, idle_api: 1}
    roles = [role for role, number in threads_of.items() if role.__name__ in sys.argv[4:] for _ in range(number)]
    threads = [threading.Thread(target=again_and_again, args=(role, n), daemon=True) for n, role in enumerate(roles)]
    for thread in threads:
        thread.start()
    time.sleep(max(0, END - time.monotonic()) + 1)
    print(json.dumps(counts), flush=True)
    # Threads that wait for the service are not waited for.
    os._exit(0)


main()
