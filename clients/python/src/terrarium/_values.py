"""The values that a service sends, the errors of a call, and how both are read from JSON.

A field that is missing or has another type is an ``InvalidResponse``. Fields that are not known here are ignored, because a
newer service may have them.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Dict, List, Literal, Mapping, NoReturn, Optional, Tuple, Type, TypeVar

_T = TypeVar("_T")
Mode = Literal["all_items", "each_item"]


@dataclasses.dataclass(frozen=True)
class Print:
    """A piece of what a task printed; where one piece ends and the next begins has no meaning."""

    stream: str
    text: str


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a task took."""

    queued_ms: float
    wall_ms: float
    cpu_ms: float
    max_rss_bytes: int


@dataclasses.dataclass(frozen=True)
class Violation:
    """A construct that the policy refuses. Lines and columns count from 1."""

    rule: str
    construct: str
    line: int
    column: int
    message: str
    hint: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Hint:
    """Advice about code that runs but probably does not do what its author meant."""

    line: int
    column: int
    construct: str
    message: str


@dataclasses.dataclass(frozen=True)
class CheckReport:
    """What the policy refuses in code that did not run, and advice about it."""

    violations: List[Violation]
    hints: List[Hint]


@dataclasses.dataclass(frozen=True)
class TaskSummary:
    """A task that waits (``queued``) or runs (``running``)."""

    id: str
    label: Optional[str]
    state: str
    mode: str
    peer_uid: int
    age_ms: float


@dataclasses.dataclass(frozen=True)
class Result:
    """The result of a task that succeeded."""

    id: str
    items: List[Dict[str, Any]]
    logs: List[Print]
    logs_truncated: bool
    usage: Usage


class TerrariumError(Exception):
    """The base of all errors of this package."""


class Unreachable(TerrariumError):
    """There is no socket, no service answers at it, or this user may not connect to it."""


class ConnectionLost(TerrariumError):
    """The connection ended before the response was complete. The task may have run."""


class DeadlineExceeded(TerrariumError):
    """The call took longer than the ``deadline`` of the client. Its task is cancelled."""


class InvalidResponse(TerrariumError):
    """The response is not one of a Terrarium service, or larger than the ``max_response_bytes`` of the client."""


class Rejected(TerrariumError):
    """The service did not carry out the request. ``status`` is the status of HTTP, ``field`` the field that is wrong."""

    def __init__(self, status: int, reason: str, problem: Mapping[str, Any], retry_after: Optional[int] = None) -> None:
        super().__init__(status, reason, problem, retry_after)
        self.status = status
        self.retry_after = retry_after
        self.title: str = get(problem, "title", "str", reason)
        self.type: Optional[str] = get(problem, "type", "Optional[str]")
        self.detail: Optional[str] = get(problem, "detail", "Optional[str]")
        self.field: Optional[str] = get(problem, "field", "Optional[str]")
        self.element: Optional[int] = get(problem, "element", "Optional[int]")
        self.offset: Optional[int] = get(problem, "offset", "Optional[int]")

    def __str__(self) -> str:
        return f"{self.detail or self.title} (status {self.status})"


class TurnedAway(Rejected):
    """The service has no room (429), or is shutting down (503). Another time it may take the task: after ``retry_after``
    seconds, when the service names them."""


class TaskFailed(TerrariumError):
    """The task failed, or its code was refused. ``kind`` says how, such as ``python_error`` or ``timed_out``.

    Lines and columns count from 1, in the code as it was submitted. ``logs`` has what was printed before, and ``partial_items``
    the items that were finished before in the mode ``each_item``.
    """

    def __init__(self, response: Mapping[str, Any]) -> None:
        super().__init__(response)
        error = as_object(response.get("error"), "error")
        self.id: str = get(response, "id", "str")
        self.kind: str = get(response, "outcome", "str")
        self.message: str = get(error, "message", "str")
        self.type: Optional[str] = get(error, "type", "Optional[str]")
        self.line: Optional[int] = get(error, "line", "Optional[int]")
        self.column: Optional[int] = get(error, "column", "Optional[int]")
        self.source_line: Optional[str] = get(error, "source_line", "Optional[str]")
        self.traceback: Optional[str] = get(error, "traceback", "Optional[str]")
        self.item_index: Optional[int] = get(error, "item_index", "Optional[int]")
        self.hint: Optional[str] = get(error, "hint", "Optional[str]")
        self.violations = records(Violation, error.get("violations", []), "violations")
        self.logs = records(Print, response.get("logs"), "logs")
        self.logs_truncated: bool = get(response, "logs_truncated", "bool")
        self.usage = record(Usage, response.get("usage"), "usage")
        self.partial_items = as_items(response.get("partial_items", []))

    def __str__(self) -> str:
        place = "" if self.line is None else f" (line {self.line})"
        hint = "" if self.hint is None else f"\nhint: {self.hint}"
        return f"{self.kind}: {self.message}{place}{hint}"


_TYPES: Dict[str, Tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "Optional[str]": (str, type(None)),
    "Optional[int]": (int, type(None)),
}


def get(source: Mapping[str, Any], name: str, kind: str, default: Any = None) -> Any:
    """Reads a field of a JSON object; ``kind`` is its type as an annotation has it."""
    value = source.get(name, default)
    # To Python a boolean is an int.
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
        raise InvalidResponse(f"in the response {name!r} is missing, or its type is not {kind}")
    return value


def as_object(value: Any, what: str) -> Dict[str, Any]:
    """Takes a JSON value that has to be an object."""
    if not isinstance(value, dict):
        raise InvalidResponse(f"in the response {what} is missing, or is not an object")
    return value


def as_list(value: Any, what: str) -> List[Any]:
    """Takes a JSON value that has to be an array."""
    if not isinstance(value, list):
        raise InvalidResponse(f"in the response {what} is missing, or is not an array")
    return value


def as_items(value: Any) -> List[Dict[str, Any]]:
    """Takes a JSON value that has to be an array of items."""
    return [as_object(item, "an element of items") for item in as_list(value, "items")]


def record(kind: Type[_T], value: Any, what: str) -> _T:
    """Makes a dataclass of a JSON object."""
    source = as_object(value, what)
    # The stubs of dataclasses have no name for "the class of a dataclass" that all versions of mypy know.
    dataclass: Any = kind
    return kind(**{field.name: get(source, field.name, str(field.type)) for field in dataclasses.fields(dataclass)})


def records(kind: Type[_T], value: Any, what: str) -> List[_T]:
    """Makes dataclasses of an array of JSON objects."""
    return [record(kind, element, f"an element of {what}") for element in as_list(value, what)]


def read_result(response: Mapping[str, Any]) -> Result:
    """Takes the response to a run; raises ``TaskFailed`` when the task failed."""
    if get(response, "outcome", "str") != "succeeded":
        raise TaskFailed(response)
    return Result(
        id=get(response, "id", "str"),
        items=as_items(response.get("items")),
        logs=records(Print, response.get("logs"), "logs"),
        logs_truncated=get(response, "logs_truncated", "bool"),
        usage=record(Usage, response.get("usage"), "usage"),
    )


def parse_object(text: bytes) -> Dict[str, Any]:
    """Reads the text of one JSON object."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidResponse(f"the response is not valid JSON: {error}") from None
    return as_object(value, "the JSON value")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
