"""Both clients against servers that break off, send nonsense, send without end, or do nothing."""

import socket
import threading
import unittest

import terrarium
from support import Awaited, answering, chunked, read_request, response, server

USAGE = b'"usage":{"queued_ms":0,"wall_ms":1.5,"cpu_ms":1,"max_rss_bytes":7}'
RESULT = b'{"event":"result","id":"1","outcome":"succeeded","items":[],"logs":[],"logs_truncated":false,' + USAGE + b"}\n"
FAILED = RESULT.replace(b"succeeded", b"no_such_kind").replace(b'"items":[]', b'"error":{"message":"m","new":1}')
PIECES = [b'{"event":"accepted","id":"1"}\n', b'{"event":"new","x":1}\n{"event":"log","stream":"stdout","text":"a"}\n', RESULT]


class Hostile(unittest.TestCase):
    make = terrarium.Client

    def info(self, answer, **options):
        with server(answering(answer)) as path:
            return self.make(path, deadline=30, **options).info()

    def run_task(self, answer, **options):
        with server(answering(answer)) as path:
            return self.make(path, deadline=30, max_response_bytes=1 << 20).run("return 1", **options)

    def assert_invalid(self, pattern, answer, call=None):
        with self.assertRaisesRegex(terrarium.InvalidResponse, pattern):
            (call or self.info)(answer)

    def test_what_a_service_sends_is_read_however_it_is_cut(self):
        # The control of all that follows.
        self.assertEqual(self.info(response(b'{"a": 1}')), {"a": 1})
        pieces = []
        whole = b"".join(PIECES)
        for cut in (PIECES, [whole], [whole[i : i + 1] for i in range(len(whole))]):
            self.assertEqual(self.run_task(chunked(*cut), on_print=pieces.append).id, "1")
        self.assertEqual(pieces, [terrarium.Print("stdout", "a")] * 3)

        def slowly(connection):
            read_request(connection)
            for byte in chunked(*PIECES):
                connection.sendall(bytes([byte]))

        with server(slowly) as path:
            self.assertEqual(self.make(path).run("return 1").usage.max_rss_bytes, 7)

    def test_a_request_is_what_http_asks_for(self):
        requests = []

        def behave(connection):
            requests.append(read_request(connection))
            connection.sendall(chunked(*PIECES))

        with server(behave) as path:
            self.make(path).run("return '\ud800ä'", [{"a": 1}], label="l", timeout=1.0001)
        head, body = requests[0]
        self.assertTrue(head.startswith(b"POST /v1/run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"))
        self.assertEqual(
            body,
            b'{"code":"return \'\\ud800\\u00e4\'","items":[{"a":1}],"mode":"all_items","continue_on_fail":false,'
            b'"timeout_ms":1001,"label":"l"}',
        )

    def test_a_response_that_breaks_off_is_a_lost_connection(self):
        answers = [response(b'{"a": 1}')[:cut] for cut in (0, 5, 20, -1)]
        answers += [chunked(b"{}")[:cut] for cut in (-5, -6, -9)]
        for answer in answers:
            with self.subTest(answer), self.assertRaises(terrarium.ConnectionLost):
                self.info(answer)
        for pieces in (PIECES[:-1], [RESULT[:-1]], []):
            with self.assertRaisesRegex(terrarium.ConnectionLost, "without a result"):
                self.run_task(chunked(*pieces))

    def test_a_connection_that_is_reset_is_a_lost_connection(self):
        # Closed with a request that was not read.
        with server(lambda connection: connection.recv(1)) as path:
            with self.assertRaises(terrarium.ConnectionLost):
                self.make(path).info()

    def test_a_response_before_the_end_of_the_request_is_read(self):
        def behave(connection):
            connection.recv(1)
            connection.sendall(response(b"", "413 Too Large"))

        with server(behave) as path:
            with self.assertRaises(terrarium.Rejected) as caught:
                self.make(path).run("return 1", [{"text": "x" * (8 << 20)}])
            self.assertEqual(caught.exception.status, 413)

    def test_other_protocols_and_invalid_lengths_are_errors(self):
        for status in (b"SSH-2.0-x\r\n", b"\0\xff\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 +20 OK\n\n"):
            self.assert_invalid("does not speak", status)
        for length in ("", "Content-Length: -1", "Content-Length: 1_0", "Content-Length: ²", "Content-Length: " + "9" * 16):
            answer = f"HTTP/1.1 200 OK\r\n{length or 'A: b'}\r\n\r\n{{}}"
            self.assert_invalid("valid Content-Length", answer.encode("latin-1"))
        self.assert_invalid("malformed headers", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        for size in (b"", b"-1", b"0x2", b"g", b"f" * 16):
            self.assert_invalid("no valid size", head + size + b"\r\n{}\r\n")
        self.assert_invalid("longer than its size", head + b"2\r\n{}}\r\n0\r\n\r\n")

    def test_json_that_is_not_what_is_expected_is_an_error(self):
        for body in (b"", b"{", b"\xff", b'{"a": NaN}', b'{"a": ' + b"[" * 200_000, b"9" * 5000 + b"9" * 5000):
            self.assert_invalid("not valid JSON|not an object", response(body))
        for body in (b"[]", b"1", b"null", b'"text"'):
            self.assert_invalid("not an object", response(body))
        for wrong in (
            RESULT.replace(b'"id":"1"', b'"id":1'), RESULT.replace(b'"items":[]', b'"items":{}'),
            RESULT.replace(b'"items":[]', b'"items":[1]'), RESULT.replace(b'"logs":[]', b'"logs":[{"stream":"stdout"}]'),
            RESULT.replace(b"false", b"0"), RESULT.replace(b':7}', b':true}'), RESULT.replace(b':7}', b':7.5}'),
            RESULT.replace(USAGE, b'"usage":null'), RESULT.replace(b'"outcome":"succeeded",', b""),
            RESULT.replace(b"succeeded", b"timed_out"), FAILED.replace(b'"m"', b"null"),
            FAILED.replace(b'"new":1', b'"line":"1"'), FAILED.replace(b'"new":1', b'"violations":[{}]'),
            FAILED.replace(b'"logs":[]', b'"logs":[],"partial_items":{}'), FAILED.replace(b'"logs":[]', b'"logs":[],"partial_items":[1]'),
            b"{}\n", b"\n",
        ):  # fmt: skip
            with self.subTest(wrong):
                self.assert_invalid("in the response|not valid JSON", chunked(wrong), self.run_task)

    def test_a_failure_of_a_kind_that_is_not_known_keeps_its_name(self):
        with self.assertRaises(terrarium.TaskFailed) as caught:
            self.run_task(chunked(FAILED))
        self.assertEqual(str(caught.exception), "no_such_kind: m")

    def test_a_status_says_enough_where_the_body_is_not_a_problem(self):
        for status, kind in (("502 Bad Gateway", terrarium.Rejected), ("503 Away", terrarium.TurnedAway)):
            for headers in ("", "Retry-After: Fri, 01 Jan 2027 00:00:00 GMT\r\n", "Retry-After: -1\r\n"):
                with self.assertRaises(kind) as caught:
                    self.info(response(b"<html>", status, headers))
                self.assertEqual(str(caught.exception), f"{status[4:]} (status {status[:3]})")
                self.assertIsNone(caught.exception.retry_after)
        headers = "Content-Type: application/problem+json\r\nRetry-After: 7\r\n"
        with self.assertRaises(terrarium.TurnedAway) as caught:
            self.info(response(b'{"title": "T", "detail": "D"}', "429 Busy", headers))
        self.assertEqual((str(caught.exception), caught.exception.retry_after), ("D (status 429)", 7))
        self.assert_invalid("'title'", response(b'{"title": 1}', "400 Bad", headers))

    def test_limits_hold_at_the_limit_and_one_past_it(self):
        def status(length):
            return b"HTTP/1.1 200 " + b"x" * (length - 13) + b"\n"

        self.assertEqual(self.info(status((64 << 10) - 1) + b"Content-Length: 2\n\n{}"), {})
        self.assert_invalid("a line of HTTP of more than", status((64 << 10) + 1) + b"Content-Length: 2\n\n{}")
        header = b"a:" + b"b" * 1022 + b"\n"
        self.assertEqual(self.info(b"HTTP/1.1 200 OK\n" + header * 63 + b"Content-Length: 2\n\n{}"), {})
        self.assert_invalid("malformed headers, or more", b"HTTP/1.1 200 OK\n" + header * 65 + b"Content-Length: 2\n\n{}")
        answer = response(b'{"a": 1}')
        self.assertEqual(self.info(answer, max_response_bytes=len(answer)), {"a": 1})
        with self.assertRaisesRegex(terrarium.InvalidResponse, "max_response_bytes"):
            self.info(answer, max_response_bytes=len(answer) - 1)

    def test_what_never_ends_is_not_kept(self):
        for start, endless in (
            (b"", b"x"), (b"HTTP/1.1 200 OK\r\n", b"a:b\r\n"), (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b'a\r\n{"event":"\r\n5\r\nlog"}\r\n1\r\n\n\r\n'),
            (b"HTTP/1.1 500 No\r\nContent-Type: application/problem+json\r\nContent-Length: 999999999\r\n\r\n", b"["),
        ):  # fmt: skip
            sent = []

            def behave(connection):
                read_request(connection)
                connection.sendall(start)
                while True:
                    connection.sendall(endless * 4096)
                    sent.append(len(endless) * 4096)

            with self.subTest(start + endless), server(behave) as path:
                with self.assertRaises(terrarium.InvalidResponse):
                    self.make(path, max_response_bytes=256 << 10).run("return 1")
            self.assertLess(sum(sent), 2 << 20)

    def test_a_server_that_does_nothing_meets_the_deadline(self):
        done = threading.Event()

        def reads_and_waits(connection):
            read_request(connection)
            done.wait()

        for behave in (reads_and_waits, lambda _: done.wait()):
            done.clear()
            with server(behave) as path:
                try:
                    # The second request does not fit into the buffers of the socket.
                    for items in ([], [{"text": "x" * (8 << 20)}]):
                        with self.assertRaises(terrarium.DeadlineExceeded):
                            self.make(path, deadline=0.2).run("return 1", items)
                finally:
                    done.set()

    def test_a_full_backlog_is_waited_for(self):
        ready = threading.Event()

        def behave(connection):
            ready.wait()
            answering(response(b"{}"))(connection)

        with server(behave, backlog=0) as path:
            # One connection is accepted, one waits in the backlog, and there is no room for another.
            first, second = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
            with first, second:
                first.connect(path)
                second.connect(path)
                try:
                    with self.assertRaises(terrarium.DeadlineExceeded):
                        self.make(path, deadline=0.2).info()
                finally:
                    ready.set()
            self.assertEqual(self.make(path, deadline=30).info(), {})
            self.assertEqual(self.make(path).info(), {})


class HostileWithAsyncio(Hostile):
    make = Awaited


if __name__ == "__main__":
    unittest.main()
