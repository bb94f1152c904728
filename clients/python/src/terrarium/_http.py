"""HTTP/1.1 as a client needs it, without input and output, so that the blocking and the asyncio client share it.

A generator of the type ``Steps`` yields ``None`` where it needs bytes that were received (empty ones at the end of the
connection), or a function that the client calls before it goes on. It returns the result of the call.
"""

from __future__ import annotations

import functools
import json
from typing import Any, Callable, Dict, Generator, Generic, List, Mapping, Optional, TypeVar

from ._values import ConnectionLost, InvalidResponse, Print, Rejected, TurnedAway, as_items, get, parse_object, record

_T = TypeVar("_T")
Steps = Generator[Optional[Callable[[], object]], bytes, _T]

_MAX_HEAD = 64 << 10


class Response:
    """A response: its head, then its body piece by piece. No more is kept than one line, or what was received at once."""

    def __init__(self, max_bytes: int) -> None:
        self.status = 0
        self.reason = ""
        self.headers: Dict[str, str] = {}
        self._max_bytes = max_bytes
        self._received = 0
        self._buffer = bytearray()
        # Of the body, or of the current chunk. After the last chunk there is no further one.
        self._left = 0
        self._has_chunks = False

    def read_head(self) -> Steps[None]:
        """Reads the status and the headers."""
        version, _, status = (yield from self._line()).partition(" ")
        code, _, self.reason = status.partition(" ")
        if not version.startswith("HTTP/1.") or len(code) != 3 or not _is_number(code):
            raise InvalidResponse("what answers at the socket does not speak HTTP/1.1")
        self.status = int(code)
        size = 0
        while True:
            line = yield from self._line()
            if not line:
                break
            size += len(line)
            name, colon, value = line.partition(":")
            if not colon or size > _MAX_HEAD:
                raise InvalidResponse(f"the response has malformed headers, or more than {_MAX_HEAD} bytes of them")
            self.headers[name.lower()] = value.strip(" \t")
        length = self.headers.get("content-length", "")
        self._has_chunks = self.headers.get("transfer-encoding", "").lower() == "chunked"
        if not self._has_chunks:
            if not _is_number(length):
                raise InvalidResponse("the response has neither chunks nor a valid Content-Length")
            self._left = int(length)

    def read(self) -> Steps[bytes]:
        """Reads the next piece of the body; it is empty at the end."""
        if self._left == 0 and self._has_chunks:
            size = (yield from self._line()).partition(";")[0].strip()
            if not 0 < len(size) <= 15 or size.strip("0123456789abcdefABCDEF"):
                raise InvalidResponse("a chunk of the response has no valid size")
            self._left = int(size, 16)
            if self._left == 0:
                self._has_chunks = False
        if self._left == 0:
            return b""
        if not self._buffer:
            yield from self._receive()
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(piece)
        if self._left == 0 and self._has_chunks and (yield from self._line()):
            raise InvalidResponse("a chunk of the response is longer than its size")
        return piece

    def read_object(self) -> Steps[Dict[str, Any]]:
        """Reads a body that is one JSON object."""
        pieces: List[bytes] = []
        while True:
            piece = yield from self.read()
            if not piece:
                return parse_object(b"".join(pieces))
            pieces.append(piece)

    def read_events(
        self,
        on_print: Optional[Callable[[Print], object]],
        on_progress: Optional[Callable[[int, int], object]],
        on_accepted: Optional[Callable[[str], object]],
        on_items: Optional[Callable[[List[Dict[str, Any]]], object]],
    ) -> Steps[Dict[str, Any]]:
        """Reads the events of a task, one JSON object a line; returns the last one, which is the result."""
        line: List[bytes] = []
        while True:
            piece = yield from self.read()
            if not piece:
                raise ConnectionLost("the stream of events ended without a result")
            first, *others = piece.split(b"\n")
            line.append(first)
            for other in others:
                event = parse_object(b"".join(line))
                line = [other]
                kind = get(event, "event", "str")
                if kind == "result":
                    return event
                if kind == "log" and on_print:
                    yield functools.partial(on_print, record(Print, event, "a log event"))
                elif kind == "progress" and on_progress:
                    yield functools.partial(on_progress, get(event, "done", "int"), get(event, "total", "int"))
                elif kind == "items" and on_items:
                    yield functools.partial(on_items, as_items(event.get("items")))
                elif kind == "accepted" and on_accepted:
                    yield functools.partial(on_accepted, get(event, "id", "str"))

    def _line(self) -> Steps[str]:
        while True:
            end = self._buffer.find(b"\n", 0, _MAX_HEAD)
            if end >= 0:
                line = self._buffer[:end].decode("latin-1").rstrip("\r")
                del self._buffer[: end + 1]
                return line
            if len(self._buffer) >= _MAX_HEAD:
                raise InvalidResponse(f"the response has a line of HTTP of more than {_MAX_HEAD} bytes")
            yield from self._receive()

    def _receive(self) -> Steps[None]:
        data = yield None
        if not data:
            raise ConnectionLost("the service closed the connection before the response was complete")
        self._received += len(data)
        if self._received > self._max_bytes:
            raise InvalidResponse(f"the response has more than {self._max_bytes} bytes (max_response_bytes)")
        self._buffer += data


class Call(Generic[_T]):
    """An exchange: the bytes to send, and what becomes of those that come back. Has ``result`` once it ``is_complete``."""

    def __init__(self, request: bytes, steps: Steps[_T]) -> None:
        self.request = request
        self.is_complete = False
        self.result: _T
        self._steps = steps
        # Up to where the first bytes are needed.
        next(steps)

    def advance(self, data: bytes = b"") -> Optional[Callable[[], object]]:
        """Goes on, with bytes that were received, or after what was to be called has been; returns what to call next."""
        try:
            return self._steps.send(data)
        except StopIteration as end:
            self.result = end.value
            self.is_complete = True
            return None


def make_call(
    method: str,
    target: str,
    read: Callable[[Response], Steps[_T]],
    max_bytes: int,
    body: Optional[Mapping[str, Any]] = None,
    accept: str = "application/json",
) -> Call[_T]:
    """Makes a call. ``read`` gets the response when its status is 2xx."""
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: {accept}\r\n"
    content = b""
    if body is not None:
        # ASCII, so that a lone surrogate travels as an escape. NaN, which JSON does not have, is a ValueError.
        content = json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return Call(f"{head}\r\n".encode("ascii") + content, _steps(read, max_bytes))


def _steps(read: Callable[[Response], Steps[_T]], max_bytes: int) -> Steps[_T]:
    response = Response(max_bytes)
    yield from response.read_head()
    if 200 <= response.status <= 299:
        return (yield from read(response))
    problem: Dict[str, Any] = {}
    # A proxy in between answers in its own words; the status says enough then.
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        problem = yield from response.read_object()
    seconds = response.headers.get("retry-after", "")
    kind = TurnedAway if response.status in (429, 503) else Rejected
    raise kind(response.status, response.reason, problem, int(seconds) if _is_number(seconds) else None)


def _is_number(text: str) -> bool:
    return 0 < len(text) <= 15 and text.isascii() and text.isdigit()
