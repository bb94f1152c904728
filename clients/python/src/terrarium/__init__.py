"""Submits Python tasks to a Terrarium service over its Unix socket.

``Client`` blocks, ``AsyncClient`` is for asyncio; both have the same calls. A call makes a connection of its own, so that
threads and tasks may share a client. A call that ends early, by an exception or by cancellation, closes its connection, and
the service cancels the task. The responses are not trusted: they are checked, and bounded in size.
"""

from __future__ import annotations

from ._client import AsyncClient, Client, RunOptions, echo
from ._socket import find_socket
from ._values import (
    CheckReport,
    ConnectionLost,
    DeadlineExceeded,
    Hint,
    InvalidResponse,
    Print,
    Rejected,
    Result,
    TaskFailed,
    TaskSummary,
    TerrariumError,
    TurnedAway,
    Unreachable,
    Usage,
    Violation,
)

__all__ = [
    "AsyncClient",
    "CheckReport",
    "Client",
    "ConnectionLost",
    "DeadlineExceeded",
    "Hint",
    "InvalidResponse",
    "Print",
    "Rejected",
    "Result",
    "RunOptions",
    "TaskFailed",
    "TaskSummary",
    "TerrariumError",
    "TurnedAway",
    "Unreachable",
    "Usage",
    "Violation",
    "echo",
    "find_socket",
]

# A traceback names the module that a program imports.
for _name in __all__:
    globals()[_name].__module__ = __name__
