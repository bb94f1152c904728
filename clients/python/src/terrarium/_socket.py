"""Finds the socket of the service by the rule that the service and its command follow, and says why a connection failed."""

from __future__ import annotations

import grp
import os
import stat
from typing import Mapping, Optional

from ._values import Unreachable

SYSTEM_SOCKET = "/run/terrarium/terrarium.sock"
# sun_path of unix(7) holds 108 bytes with the terminating zero.
_MAX_PATH = 107


def find_socket(environ: Mapping[str, str] = os.environ) -> str:
    """Returns the path of the service's socket: ``TERRARIUM_SOCKET``, else the user's own, else the machine's.

    Raises ``Unreachable`` when there is none. Whether a service answers at the socket is another matter, and no reason to look
    elsewhere.
    """
    named = environ.get("TERRARIUM_SOCKET", "auto")
    if named == "none":
        raise Unreachable("TERRARIUM_SOCKET=none disables the socket; give the client the path of one")
    if named != "auto":
        if not named.startswith("/") or len(os.fsencode(named)) > _MAX_PATH:
            accepted = f"auto, none, or an absolute path of at most {_MAX_PATH} bytes"
            raise Unreachable(f"TERRARIUM_SOCKET is {named!r}; accepted are {accepted}")
        return named
    user_socket = _user_socket(environ)
    for path in (user_socket, SYSTEM_SOCKET):
        if path is not None and os.path.lexists(path):
            return path
    raise Unreachable('no service is running; start one with "terrarium serve", or give the client the path of its socket')


def _user_socket(environ: Mapping[str, str]) -> Optional[str]:
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        return f"{runtime}/terrarium.sock"
    folder = f"/tmp/terrarium-{os.geteuid()}"
    try:
        status = os.lstat(folder)
    except OSError:
        return None
    # Any user can make a folder of that name in /tmp; a service behind it would receive this user's code.
    is_private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0
    return f"{folder}/terrarium.sock" if is_private else None


def connection_error(path: str, error: OSError) -> Unreachable:
    """Says why a connection to ``path`` could not be made, and what to do."""
    if not isinstance(error, PermissionError):
        return Unreachable(f"no service answers at {path}: {error.strerror or error}")
    try:
        status = os.stat(path)
        group = grp.getgrgid(status.st_gid).gr_name
    except (OSError, KeyError):
        return Unreachable(f"you may not connect to {path}")
    # Membership of root's group is not for submitting tasks.
    if status.st_gid == 0 or not status.st_mode & stat.S_IWGRP:
        return Unreachable(f"you may not connect to {path}: its mode is {stat.S_IMODE(status.st_mode):04o}, its group {group}")
    return Unreachable(f"you may not connect to {path}; join the group {group} (sudo usermod -aG {group} USER), then log in again")
