#!/usr/bin/env python3
"""Measures one small task, `return _items` over one item, as Terrarium and as other ways to run Python code run it, in turns, so that
the noise of the machine is the same for all. Prints medians and their ratios to Terrarium's.

usage: peers.py PROGRAM [--tasks N] [--bwrap PATH]

  PROGRAM  terrarium of a release build, beside its worker
  PATH     bubblewrap, where it is not /usr/bin/bwrap
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

CODE = "return _items"
ITEMS = [{"json": {"n": 1}}]
SCRIPT = (
    "import json, sys\n"
    "task = json.load(sys.stdin)\n"
    "names = {'_items': task['items']}\n"
    "exec('def run():\\n    ' + task['code'] + '\\nresult = run()', names)\n"
    "json.dump(names['result'], sys.stdout)\n"
)


class Terrarium:
    name = "Terrarium"

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        path = self.folder.name + "/socket"
        environment = {"PATH": os.environ["PATH"], "TERRARIUM_SOCKET": path, "TERRARIUM_LOG_LEVEL": "error"}
        self.service = subprocess.Popen([program, "serve"], env=environment)
        body = json.dumps({"code": CODE, "items": ITEMS})
        self.request = f"POST /v1/run HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        while True:
            self.connection = socket.socket(socket.AF_UNIX)
            try:
                self.connection.connect(path)
                break
            except OSError:
                if self.service.poll() is not None:
                    sys.exit("the service did not start")
                time.sleep(0.05)
        self.run()

    def run(self):
        self.connection.sendall(self.request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.connection.recv(65536)
        head, body = answer.split(b"\r\n\r\n", 1)
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        while len(body) < length:
            body += self.connection.recv(65536)
        assert json.loads(body)["items"][0]["json"] == {"n": 1}, body

    def close(self):
        self.service.terminate()
        self.service.wait()


class Program:
    """A process for each task."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.run()

    def run(self):
        task = json.dumps({"code": CODE, "items": ITEMS}).encode()
        done = subprocess.run(self.command, input=task, capture_output=True)
        assert done.returncode == 0 and json.loads(done.stdout) == ITEMS, done

    def close(self):
        pass


def work(pipe):
    task = pipe.recv()
    names = {"_items": task["items"]}
    exec("def run():\n    " + task["code"] + "\nresult = run()", names)
    pipe.send(names["result"])


class Multiprocessing:
    """A process for each task, made by Python's own fork server: how n8n's runner makes its processes, without the analysis of the
    code and the WebSocket that it has besides."""

    name = "multiprocessing (forkserver), as n8n's own runner, no sandbox"

    def __init__(self):
        self.context = multiprocessing.get_context("forkserver")
        self.run()

    def run(self):
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=work, args=(theirs,))
        process.start()
        theirs.close()
        ours.send({"code": CODE, "items": ITEMS})
        assert ours.recv() == ITEMS
        process.join()
        ours.close()

    def close(self):
        pass


class OneInterpreter:
    """One Python process for all tasks: nothing separates a task from the next one."""

    name = "exec() in one process, nothing between tasks"
    SCRIPT = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    task = json.loads(line)\n"
        "    names = {'_items': task['items']}\n"
        "    exec('def run():\\n    ' + task['code'] + '\\nresult = run()', names)\n"
        "    print(json.dumps(names['result']), flush=True)\n"
    )

    def __init__(self):
        command = ["/usr/bin/python3", "-I", "-c", self.SCRIPT]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.run()

    def run(self):
        print(json.dumps({"code": CODE, "items": ITEMS}), file=self.process.stdin)
        assert json.loads(self.process.stdout.readline()) == ITEMS

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--bwrap", default="/usr/bin/bwrap")
    options = parser.parse_args()
    python = ["/usr/bin/python3", "-I", "-c", SCRIPT]
    # What Terrarium's sandbox has of it: no network, no other processes, no files but those of Python.
    sandbox = [options.bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--dev", "/dev"]
    sandbox += [word for folder in ["/usr", "/lib", "/lib64"] if os.path.isdir(folder) for word in ["--ro-bind", folder, folder]]
    peers = [Terrarium(options.program), Program("python3, a process for each task, no sandbox", python), Multiprocessing(), OneInterpreter()]
    if pathlib.Path(options.bwrap).exists():
        peers.append(Program("bubblewrap with python3, a process for each task", sandbox + python))
    times = {peer.name: [] for peer in peers}
    try:
        for _ in range(options.tasks):
            for peer in peers:
                start = time.perf_counter()
                peer.run()
                times[peer.name].append(time.perf_counter() - start)
                # As the paced load of terrarium-bench: the pool of warm workers is full again.
                time.sleep(0.02)
    finally:
        for peer in peers:
            peer.close()
    own = statistics.median(times[peers[0].name])
    print("| way | median | times Terrarium's |\n|---|---|---|")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"| {name} | {median * 1000:.2f} ms | {median / own:.1f} |")


if __name__ == "__main__":
    main()
