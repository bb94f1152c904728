"""Sends small tasks at a steady pace and checks every answer.

usage: honest_client.py SOCKET SECONDS RATE

Prints one JSON object: how many were sent, what was wrong, the seconds that each answer took, and what the service says of the
slowest.
"""

import http.client
import json
import socket
import sys
import time


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("terrarium", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def run(connection, number):
    task = {"code": "return {'n': _items[0]['json']['n']}", "items": [{"json": {"n": number}}]}
    connection.request("POST", "/v1/run", json.dumps(task), {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read()
    answer = json.loads(text)
    if answer.get("outcome") != "succeeded" or answer["items"][0]["json"]["n"] != number:
        raise ValueError("%d %s" % (response.status, text[:300]))
    return answer["usage"]


def main():
    path, seconds, pause = sys.argv[1], float(sys.argv[2]), 1 / float(sys.argv[3])
    latencies, wrong, sent, slowest = [], [], 0, (0, "")
    connection = UnixConnection(path)
    due = time.monotonic()
    end = due + seconds
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        sent += 1
        start = time.monotonic()
        try:
            usage = run(connection, sent)
            slowest = max(slowest, (time.monotonic() - start, json.dumps(usage)))
        except Exception as error:
            wrong.append(repr(error))
            connection.close()
        latencies.append(time.monotonic() - start)
        # What was not sent while an answer took its time is not made up for.
        due = max(due + pause, time.monotonic())
    print(json.dumps({"sent": sent, "wrong": wrong, "latencies": latencies, "slowest": slowest[1]}))


main()
