"""What the tests share: a service that they start, servers that misbehave, and both clients under one face."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import terrarium

PROGRAM = os.environ.get("TERRARIUM_PROGRAM") or shutil.which("terrarium")


class Service:
    """A service of its own, on a socket in a folder of its own."""

    def __init__(self, **settings):
        if PROGRAM is None:
            raise RuntimeError("TERRARIUM_PROGRAM names no terrarium, and there is none on the PATH")
        self._folder = tempfile.TemporaryDirectory(prefix="terrarium-client-")
        self.path = f"{self._folder.name}/terrarium.sock"
        environment = {"PATH": os.environ["PATH"], "TERRARIUM_SOCKET": self.path, "TERRARIUM_LOG_LEVEL": "notice"}
        environment.update({f"TERRARIUM_{name}": value for name, value in settings.items()})
        self._process = subprocess.Popen([PROGRAM, "serve"], env=environment, stderr=subprocess.PIPE, text=True)
        log = []
        for line in self._process.stderr:
            log.append(line)
            if line.endswith("notice ready\n"):
                break
        else:
            raise RuntimeError(f"the service does not start: {''.join(log)}")
        # What is not read would be kept by the service, and then dropped.
        self._drain = threading.Thread(target=self._process.stderr.read)
        self._drain.start()

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._drain.join()
        self._process.stderr.close()
        self._folder.cleanup()


class Awaited:
    """An AsyncClient that is called like a Client."""

    def __init__(self, *arguments, **options):
        self._client = terrarium.AsyncClient(*arguments, **options)

    def __getattr__(self, name):
        return lambda *arguments, **options: asyncio.run(getattr(self._client, name)(*arguments, **options))


@contextlib.contextmanager
def server(behave, backlog=8):
    """A server that accepts one connection after the other and lets `behave` do with it as it likes."""
    with tempfile.TemporaryDirectory(prefix="terrarium-client-") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = f"{folder}/s"
        listener.bind(path)
        listener.listen(backlog)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield path
        finally:
            # Wakes accept(), which close() does not.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def read_request(connection):
    """Reads one request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.decode().lower().split("\r\n"):
        if line.startswith("content-length:"):
            while len(body) < int(line.split(":")[1]):
                body += received(connection)
    return head, body


def received(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the client is gone")
    return data


def answering(answer):
    """A server's behaviour: reads a request, sends `answer`, and closes the connection."""

    def behave(connection):
        read_request(connection)
        connection.sendall(answer)

    return behave


def response(body, status="200 OK", headers="Content-Type: application/json\r\n"):
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*pieces):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))
