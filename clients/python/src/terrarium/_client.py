"""The blocking client and the one for asyncio. Each makes the same calls and carries them out in its own way."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
import math
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, TypedDict, TypeVar
from urllib.parse import quote

from ._http import Call, Response, Steps, make_call
from ._socket import connection_error, find_socket
from ._values import (
    CheckReport,
    ConnectionLost,
    DeadlineExceeded,
    Hint,
    Mode,
    Print,
    Result,
    TaskSummary,
    TurnedAway,
    Violation,
    read_result,
    records,
)

if TYPE_CHECKING:
    # Type checkers know it without the package.
    from typing_extensions import Unpack

_T = TypeVar("_T")
_RECEIVE_BYTES = 256 << 10
# A full backlog refuses a connection at once, without an event to wait for.
_BACKLOG_PAUSE = 0.01


def echo(piece: Print) -> None:
    """An ``on_print`` that prints what the task prints, to the same stream."""
    print(piece.text, end="", flush=True, file=sys.stderr if piece.stream == "stderr" else sys.stdout)


class RunOptions(TypedDict, total=False):
    """The options of ``run``.

    - ``mode``: ``all_items`` runs the code once, ``each_item`` once for each item.
    - ``continue_on_fail``: an item that reports the failure takes the place of one that failed.
    - ``timeout``: the run time in seconds after which the task fails; the service's own limit caps it.
    - ``label``: a name for lists and logs.
    - ``on_print``: gets what the task prints as it happens, such as ``terrarium.echo``. The service gives up when it has
      to wait a minute for a client that does not read.
    - ``on_progress``: gets the number of items that are done, and of all, in the mode ``each_item``.
    - ``on_accepted``: gets the id of the task before it starts.
    - ``on_items``: gets the items of the result, a list at a time: in the mode ``each_item`` as they are finished, also those
      before a failure. The ``items`` of the result are empty then.
    """

    mode: Mode
    continue_on_fail: bool
    timeout: Optional[float]
    label: Optional[str]
    on_print: Optional[Callable[[Print], object]]
    on_progress: Optional[Callable[[int, int], object]]
    on_accepted: Optional[Callable[[str], object]]
    on_items: Optional[Callable[[List[Dict[str, Any]]], object]]


class _Calls:
    """What both clients are given, and the calls that they make."""

    def __init__(
        self, path: Optional[str] = None, *, deadline: Optional[float] = None, max_response_bytes: int = 1 << 30
    ) -> None:
        """
        - ``path``: the socket; without it ``find_socket()`` looks for one at each call.
        - ``deadline``: how many seconds a whole call may take, with what it waits in the queue; without it a call takes as long
          as the service lets the task run. To bound the run time of a task use ``timeout`` of ``run``.
        - ``max_response_bytes``: the largest response that is accepted.
        """
        if path == "":
            raise ValueError("the path of the socket is empty")
        self.path = path
        self.deadline = deadline
        self.max_response_bytes = max_response_bytes

    def _socket_path(self) -> str:
        return find_socket() if self.path is None else self.path

    def _late(self) -> DeadlineExceeded:
        return DeadlineExceeded(f"the call took longer than its deadline of {self.deadline} s")

    def _run(
        self,
        code: str,
        items: Iterable[Mapping[str, Any]],
        *,
        mode: Mode = "all_items",
        continue_on_fail: bool = False,
        timeout: Optional[float] = None,
        label: Optional[str] = None,
        on_print: Optional[Callable[[Print], object]] = None,
        on_progress: Optional[Callable[[int, int], object]] = None,
        on_accepted: Optional[Callable[[str], object]] = None,
        on_items: Optional[Callable[[List[Dict[str, Any]]], object]] = None,
    ) -> Call[Result]:
        body: Dict[str, Any] = {
            "code": code,
            "items": list(items),
            "mode": mode,
            "continue_on_fail": continue_on_fail,
        }
        if timeout is not None:
            body["timeout_ms"] = math.ceil(timeout * 1000)
        if label is not None:
            body["label"] = label
        if on_items is not None:
            body["stream_items"] = True

        def read(response: Response) -> Steps[Result]:
            result = read_result((yield from response.read_events(on_print, on_progress, on_accepted, on_items)))
            if on_items and result.items:
                yield functools.partial(on_items, result.items)
                result = dataclasses.replace(result, items=[])
            return result

        return make_call("POST", "/v1/run", read, self.max_response_bytes, body, accept="application/x-ndjson")

    def _check(self, code: str, mode: Mode) -> Call[CheckReport]:
        def read(response: Response) -> Steps[CheckReport]:
            report = yield from response.read_object()
            return CheckReport(
                records(Violation, report.get("violations"), "violations"), records(Hint, report.get("hints"), "hints")
            )

        return make_call("POST", "/v1/check", read, self.max_response_bytes, {"code": code, "mode": mode})

    def _tasks(self) -> Call[List[TaskSummary]]:
        def read(response: Response) -> Steps[List[TaskSummary]]:
            return records(TaskSummary, (yield from response.read_object()).get("tasks"), "tasks")

        return make_call("GET", "/v1/tasks", read, self.max_response_bytes)

    def _cancel(self, task_id: str) -> Call[Dict[str, Any]]:
        return make_call("DELETE", f"/v1/tasks/{quote(task_id, safe='')}", Response.read_object, self.max_response_bytes)

    def _info(self) -> Call[Dict[str, Any]]:
        return make_call("GET", "/v1/info", Response.read_object, self.max_response_bytes)

    def _ready(self) -> Call[Dict[str, Any]]:
        return make_call("GET", "/readyz", Response.read_object, self.max_response_bytes)


class Client(_Calls):
    """Talks to the service and waits for it."""

    def run(
        self, code: str, items: Iterable[Mapping[str, Any]] = (), **options: Unpack[RunOptions]
    ) -> Result:
        """Runs a task and waits for its end; raises ``TaskFailed`` when it fails.

        - ``code``: the body of a function, which sees ``_items`` or with the mode ``each_item`` ``_item``.
        - ``items``: dicts; one without a key ``json`` is taken as the ``json`` of an item.
        - ``options``: see ``RunOptions``.
        """
        return self._carry_out(self._run(code, items, **options))

    def check(self, code: str, *, mode: Mode = "all_items") -> CheckReport:
        """Checks code against the policy; nothing runs."""
        return self._carry_out(self._check(code, mode))

    def tasks(self) -> List[TaskSummary]:
        """Lists the tasks of this user that wait or run; for root and the service's user those of all users."""
        return self._carry_out(self._tasks())

    def cancel(self, task_id: str) -> None:
        """Cancels a task; raises ``Rejected`` with the status 404 when this user has none of that id."""
        self._carry_out(self._cancel(task_id))

    def info(self) -> Dict[str, Any]:
        """Returns the versions, policy, limits, sandbox and pool of the service."""
        return self._carry_out(self._info())

    def is_ready(self) -> bool:
        """Whether the service accepts tasks."""
        try:
            self._carry_out(self._ready())
        except TurnedAway:
            return False
        return True

    def _carry_out(self, call: Call[_T]) -> _T:
        expires = None if self.deadline is None else time.monotonic() + self.deadline
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            self._connect(connection, expires)
            try:
                self._limit(connection, expires)
                connection.sendall(call.request)
            except socket.timeout:
                raise self._late() from None
            except OSError:
                # The service may have answered before the end of the request, as it does when that is too large.
                pass
            while not call.is_complete:
                action = call.advance(self._receive(connection, expires))
                while action:
                    action()
                    action = call.advance()
        return call.result

    def _connect(self, connection: socket.socket, expires: Optional[float]) -> None:
        path = self._socket_path()
        while True:
            try:
                self._limit(connection, expires)
                return connection.connect(path)
            except BlockingIOError:
                time.sleep(_BACKLOG_PAUSE)
            except OSError as error:
                raise connection_error(path, error) from None

    def _receive(self, connection: socket.socket, expires: Optional[float]) -> bytes:
        try:
            self._limit(connection, expires)
            return connection.recv(_RECEIVE_BYTES)
        except socket.timeout:
            raise self._late() from None
        except OSError as error:
            raise ConnectionLost(f"the connection to the service was lost: {error.strerror}") from None

    def _limit(self, connection: socket.socket, expires: Optional[float]) -> None:
        if expires is not None:
            remaining = expires - time.monotonic()
            if remaining <= 0:
                raise self._late()
            connection.settimeout(remaining)


class AsyncClient(_Calls):
    """Talks to the service from an asyncio event loop. Cancelling a call cancels its task in the service.

    The functions that ``run`` is given may be coroutine functions; they are awaited before the next event is read.
    """

    async def run(
        self, code: str, items: Iterable[Mapping[str, Any]] = (), **options: Unpack[RunOptions]
    ) -> Result:
        """Runs a task and waits for its end, as ``Client.run`` does."""
        return await self._carry_out(self._run(code, items, **options))

    async def check(self, code: str, *, mode: Mode = "all_items") -> CheckReport:
        """Checks code against the policy; nothing runs."""
        return await self._carry_out(self._check(code, mode))

    async def tasks(self) -> List[TaskSummary]:
        """Lists the tasks of this user that wait or run; for root and the service's user those of all users."""
        return await self._carry_out(self._tasks())

    async def cancel(self, task_id: str) -> None:
        """Cancels a task; raises ``Rejected`` with the status 404 when this user has none of that id."""
        await self._carry_out(self._cancel(task_id))

    async def info(self) -> Dict[str, Any]:
        """Returns the versions, policy, limits, sandbox and pool of the service."""
        return await self._carry_out(self._info())

    async def is_ready(self) -> bool:
        """Whether the service accepts tasks."""
        try:
            await self._carry_out(self._ready())
        except TurnedAway:
            return False
        return True

    async def _carry_out(self, call: Call[_T]) -> _T:
        if self.deadline is None:
            return await self._exchange(call)
        try:
            return await asyncio.wait_for(self._exchange(call), self.deadline)
        except asyncio.TimeoutError as error:
            raise self._late() from error

    async def _exchange(self, call: Call[_T]) -> _T:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)
            await self._connect(connection)
            try:
                await loop.sock_sendall(connection, call.request)
            except OSError:
                # The service may have answered before the end of the request, as it does when that is too large.
                pass
            while not call.is_complete:
                try:
                    data = await loop.sock_recv(connection, _RECEIVE_BYTES)
                except OSError as error:
                    raise ConnectionLost(f"the connection to the service was lost: {error.strerror}") from None
                action = call.advance(data)
                while action:
                    waiting = action()
                    if inspect.isawaitable(waiting):
                        await waiting
                    action = call.advance()
        return call.result

    async def _connect(self, connection: socket.socket) -> None:
        path = self._socket_path()
        while True:
            try:
                # Not by sock_connect(), which takes a full backlog for a connection in progress.
                return connection.connect(path)
            except BlockingIOError:
                await asyncio.sleep(_BACKLOG_PAUSE)
            except OSError as error:
                raise connection_error(path, error) from None
