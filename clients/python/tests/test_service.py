"""Both clients against the real service."""

import asyncio
import contextlib
import inspect
import io
import pickle
import re
import threading
import unittest
from pathlib import Path
from unittest import mock

import terrarium
from support import Awaited, Service

PACKAGE = Path(__file__).resolve().parent.parent


def setUpModule():
    global service
    service = Service(MAX_PAYLOAD="256K")
    unittest.addModuleCleanup(service.stop)


class Tasks(unittest.TestCase):
    make = terrarium.Client

    def setUp(self):
        self.client = self.make(service.path, deadline=60)

    def failure(self, code, items=(), **options):
        with self.assertRaises(terrarium.TaskFailed) as caught:
            self.client.run(code, items, **options)
        return caught.exception

    def test_all_items_are_seen_at_once(self):
        result = self.client.run("return {'n': sum(i['json']['n'] for i in _items)}", [{"n": 1}, {"json": {"n": 2}}])
        self.assertEqual(result.items, [{"json": {"n": 3}}])
        self.assertRegex(result.id, "^[0-9a-f]{32}$")
        self.assertGreater(result.usage.max_rss_bytes, 0)
        self.assertFalse(result.logs_truncated)

    def test_each_item_is_seen_by_itself_with_progress(self):
        progress = []
        result = self.client.run(
            "return {'n': _item['json']['n'] + 1}", ({"n": n} for n in range(3)), mode="each_item",
            on_progress=lambda done, total: progress.append((done, total)),
        )  # fmt: skip
        self.assertEqual([item["json"]["n"] for item in result.items], [1, 2, 3])
        self.assertEqual(progress[-1], (3, 3))

    def test_prints_arrive_while_the_task_runs(self):
        pieces, ids = [], []

        def on_print(piece):
            pieces.append(piece)
            # The task has not ended: it is in the list.
            if len(pieces) == 1:
                self.assertIn(ids[0], [task.id for task in terrarium.Client(service.path).tasks()])
                terrarium.Client(service.path).cancel(ids[0])

        failure = self.failure("print('at ☃ \\ud800'[:4])\nwhile True: pass", on_print=on_print, on_accepted=ids.append)
        self.assertEqual((failure.kind, failure.id), ("cancelled", ids[0]))
        self.assertEqual("".join(piece.text for piece in pieces), "at ☃\n")
        self.assertEqual(failure.logs, pieces)

    def test_an_exception_has_its_place_and_traceback(self):
        failure = self.failure("print('before')\n\nreturn 1 / 0")
        self.assertEqual((failure.kind, failure.type), ("python_error", "ZeroDivisionError"))
        self.assertEqual((failure.line, failure.column), (3, 8))
        self.assertEqual(failure.source_line, "return 1 / 0")
        self.assertIn('File "<task>", line 3', failure.traceback)
        self.assertEqual([piece.text for piece in failure.logs], ["before\n"])
        self.assertEqual(str(failure), "python_error: ZeroDivisionError: division by zero (line 3)")

    def test_an_error_can_be_pickled(self):
        for error in (self.failure("return 1 / 0"), terrarium.TurnedAway(429, "Busy", {"detail": "full"}, 2)):
            copy = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(copy), str(copy), vars(copy)), (type(error), str(error), vars(error)))

    def test_refused_code_names_all_violations(self):
        failure = self.failure("import os\nimport socket")
        self.assertEqual(failure.kind, "policy_violation")
        self.assertEqual([violation.line for violation in failure.violations], [1, 2])
        self.assertIn("\nhint: ", str(failure))

    def test_an_item_that_fails_is_named(self):
        failure = self.failure("return {'n': 1 / _item['json']['n']}", [{"n": 1}, {"n": 0}], mode="each_item")
        self.assertEqual((failure.kind, failure.item_index), ("python_error", 1))
        result = self.client.run(
            "return {'n': 1 / _item['json']['n']}", [{"n": 1}, {"n": 0}], mode="each_item", continue_on_fail=True
        )
        self.assertIn("error", result.items[1]["json"])

    def test_items_that_were_finished_before_a_failure_are_there(self):
        code = "if _item['json']['n'] == 0: raise ValueError('no')\nreturn {'n': 1 / _item['json']['n']}"
        failure = self.failure(code, [{"n": 1}, {"n": 2}, {"n": 0}], mode="each_item")
        self.assertEqual([item["json"]["n"] for item in failure.partial_items], [1, 0.5])
        self.assertEqual(self.failure(code, [{"n": 0}], mode="each_item").partial_items, [])
        self.assertEqual(self.failure("return 5").partial_items, [])

    def test_items_arrive_as_they_are_finished(self):
        pieces = []
        # Each item but the first takes longer than finished items are held back.
        code = "import time\nif _item['json']['n']: time.sleep(0.3)\nreturn _item"
        result = self.client.run(code, ({"n": n} for n in range(3)), mode="each_item", on_items=pieces.append)
        self.assertEqual([item["json"]["n"] for piece in pieces for item in piece], [0, 1, 2])
        self.assertEqual(result.items, [])
        self.assertGreater(len(pieces), 1)
        failed = []
        code = "return 1 / _item['json']['n'] and _item"
        failure = self.failure(code, [{"n": 1}, {"n": 0}], mode="each_item", on_items=failed.append)
        self.assertEqual([item["json"]["n"] for piece in failed for item in piece], [1])
        self.assertEqual(failure.partial_items, [])
        # Without each_item all of them come at the end.
        whole = []
        self.assertEqual(self.client.run("return _items", [{"n": 1}], on_items=whole.append).items, [])
        self.assertEqual([len(piece) for piece in whole], [1])

    def test_a_task_over_its_time_says_where_it_was(self):
        # A worker has 250 ms to say it. On a machine that stands still for longer, one of the next may.
        for _ in range(10):
            failure = self.failure("n = 0\nwhile True: n += 1", timeout=1)
            if failure.line is not None:
                break
        self.assertEqual((failure.kind, failure.line), ("timed_out", 2))
        # Rounded up: the API takes no run time of zero.
        self.assertEqual(self.failure("while True: pass", timeout=0.0001).kind, "timed_out")

    def test_a_check_runs_nothing(self):
        report = self.client.check("import os\nprint(item.json.x)", mode="each_item")
        self.assertEqual([violation.rule for violation in report.violations], ["import"])
        self.assertEqual({hint.line for hint in report.hints}, {2})
        self.assertEqual(self.client.check("return _items"), terrarium.CheckReport([], []))

    def test_the_service_describes_itself(self):
        self.assertEqual(self.client.info()["limits"]["max_payload_bytes"], 256 << 10)
        self.assertTrue(self.client.is_ready())
        self.assertEqual(self.client.tasks(), [])

    def test_an_unknown_task_cannot_be_cancelled(self):
        for unknown in ("0" * 32, "a/../é ?#\r\nX: y"):
            with self.assertRaises(terrarium.Rejected) as caught:
                self.client.cancel(unknown)
            self.assertEqual(caught.exception.status, 404)
            self.assertNotIsInstance(caught.exception, terrarium.TurnedAway)

    def test_a_malformed_request_names_the_field(self):
        with self.assertRaises(terrarium.Rejected) as caught:
            self.client.run("return 1", timeout=-1)
        self.assertEqual((caught.exception.status, caught.exception.field), (400, "timeout_ms"))

    def test_a_body_over_the_limit_is_rejected_and_one_at_it_is_not(self):
        def items(size):
            return [{"text": "x" * size}]

        self.assertEqual(self.client.run("return None", items((256 << 10) - 400)).items, [])
        for size in (256 << 10, 8 << 20):
            with self.assertRaises(terrarium.Rejected) as caught:
                self.client.run("return None", items(size))
            self.assertEqual(caught.exception.status, 413)

    def test_what_is_not_json_is_an_error_before_anything_is_sent(self):
        with self.assertRaises(ValueError):
            self.client.run("return 1", [{"n": float("nan")}])
        with self.assertRaises(TypeError):
            self.client.run("return 1", [{"n": object()}])

    def test_text_and_numbers_come_back_as_they_were(self):
        item = {"text": "ä☃\U0001f600\ud800\0\n", "big": 2**200, "small": 1e-300, "none": None, "deep": [[[{"a": True}]]]}
        self.assertEqual(self.client.run("return _items", [item]).items[0]["json"], item)

    def test_an_exception_of_a_callback_passes_through(self):
        for error in (KeyError("own"), OSError("own"), StopIteration("own"), TimeoutError("own")):
            def on_print(piece, error=error):
                raise error

            # A coroutine cannot raise StopIteration: Python turns it into a RuntimeError.
            expected = RuntimeError if isinstance(error, StopIteration) and self.make is Awaited else type(error)
            with self.assertRaisesRegex(expected, "own|StopIteration"):
                self.make(service.path).run("print(1)\nwhile True: pass", on_print=on_print)


class TasksWithAsyncio(Tasks):
    make = Awaited


class OneSlot(unittest.TestCase):
    """One task runs and one may wait: the next one tells when the service has ended the one before."""

    endless = "print('runs')\nwhile True: pass"

    @classmethod
    def setUpClass(cls):
        cls.service = Service(MAX_CONCURRENCY="1", QUEUE_LIMIT="1")
        cls.addClassCleanup(cls.service.stop)

    def assert_slot_is_taken(self):
        states = [task.state for task in terrarium.Client(self.service.path).tasks()]
        self.assertEqual(states, ["running"])

    def assert_slot_is_free(self):
        # Waits for as long as the slot is taken.
        terrarium.Client(self.service.path, deadline=30).run("return None")

    def test_cancelling_an_awaited_call_cancels_the_task(self):
        async def main():
            running = asyncio.Event()
            client = terrarium.AsyncClient(self.service.path)

            async def on_print(piece):
                running.set()

            call = asyncio.ensure_future(client.run(self.endless, on_print=on_print))
            await running.wait()
            await asyncio.to_thread(self.assert_slot_is_taken)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call
            await asyncio.to_thread(self.assert_slot_is_free)

        asyncio.run(main())

    def test_an_exception_of_a_callback_cancels_the_task(self):
        def on_print(piece):
            self.assert_slot_is_taken()
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            terrarium.Client(self.service.path).run(self.endless, on_print=on_print)
        self.assert_slot_is_free()

    def test_a_deadline_cancels_the_task(self):
        for make in (terrarium.Client, Awaited):
            with self.assertRaisesRegex(terrarium.DeadlineExceeded, "its deadline of 0.5 s"):
                make(self.service.path, deadline=0.5).run(self.endless)
            self.assert_slot_is_free()

    def test_tasks_are_listed_and_those_beyond_the_queue_turned_away(self):
        client = terrarium.Client(self.service.path)
        events = [threading.Event(), threading.Event()]
        failures = []

        def submit(label, **callback):
            try:
                client.run(self.endless, label=label, **callback)
            except terrarium.TaskFailed as error:
                failures.append(error.kind)

        threads = [
            threading.Thread(target=submit, args=["first"], kwargs={"on_print": lambda _: events[0].set()}),
            threading.Thread(target=submit, args=["second"], kwargs={"on_accepted": lambda _: events[1].set()}),
        ]
        for thread, event in zip(threads, events):
            thread.start()
            event.wait()
        tasks = client.tasks()
        self.assertEqual({task.label: task.state for task in tasks}, {"first": "running", "second": "queued"})
        self.assertEqual({task.mode for task in tasks}, {"all_items"})
        for make in (terrarium.Client, Awaited):
            with self.assertRaises(terrarium.TurnedAway) as caught:
                make(self.service.path).run("return 1")
            self.assertEqual(caught.exception.status, 429)
            self.assertGreaterEqual(caught.exception.retry_after, 1)
        for task in tasks:
            client.cancel(task.id)
        for thread in threads:
            thread.join()
        self.assertEqual(failures, ["cancelled", "cancelled"])

    def test_two_hundred_calls_at_once_are_answered_or_turned_away(self):
        async def main():
            client = terrarium.AsyncClient(self.service.path)
            calls = [client.run("return {'n': 1}") for _ in range(200)]
            return await asyncio.gather(*calls, return_exceptions=True)

        outcomes = [type(outcome) for outcome in asyncio.run(main())]
        self.assertEqual(set(outcomes), {terrarium.Result, terrarium.TurnedAway})


class Documents(unittest.TestCase):
    """The Python of the documents does what they say: lines after `#> ` are its output."""

    def check(self, document):
        text = document.read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.assertTrue(blocks, f"{document} has no block of Python")
        for block in blocks:
            output = io.StringIO()
            with contextlib.redirect_stdout(output), mock.patch.dict("os.environ", TERRARIUM_SOCKET=service.path):
                exec(compile(block, str(document), "exec"), {"__name__": "__main__"})
            expected = "".join(f"{line}\n" for line in re.findall(r"^#> (.*)$", block, re.MULTILINE))
            self.assertTrue(expected)
            self.assertEqual(output.getvalue(), expected)

    def test_the_readme_of_the_package(self):
        self.check(PACKAGE / "README.md")

    def test_the_readme_of_the_service(self):
        self.check(PACKAGE.parent.parent / "README.md")


class Interface(unittest.TestCase):
    def test_both_clients_have_the_same_calls(self):
        def calls(kind):
            return {
                name: str(inspect.signature(call)) for name, call in vars(kind).items() if not name.startswith("_")
            }

        self.assertEqual(calls(terrarium.Client), calls(terrarium.AsyncClient))
        self.assertGreaterEqual(len(calls(terrarium.Client)), 6)

    def test_names_are_those_of_the_module_that_is_imported(self):
        self.assertEqual({getattr(terrarium, name).__module__ for name in terrarium.__all__}, {"terrarium"})

    def test_the_version_is_that_of_the_service(self):
        project = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
        version = terrarium.Client(service.path).info()["version"]
        self.assertIn(f'\nversion = "{version}"\n', project)

    def test_the_package_has_types(self):
        self.assertTrue((Path(terrarium.__file__).parent / "py.typed").exists())


if __name__ == "__main__":
    unittest.main()
