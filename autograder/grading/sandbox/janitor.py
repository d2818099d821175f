"""A small process that outlives the judge, kills what the judge left and deletes its files.

The judge talks to it over a pipe, one JSON line an order; the end of the pipe means that the judge
has ended, in whatever way. Run as a script, this file is the janitor; imported, it is the judge's
end. It uses the standard library alone and starts in some 20 ms.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SECONDS = 10.0
# Where any uid may leave files behind; without Landlock nothing keeps a worker out of them.
PUBLIC = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/dev/mqueue")


class Janitor:
    """The judge's end: orders to watch something, or to end it at once."""

    def __init__(self, folder: Path):
        # Isolated and without site-packages; a session of its own, so that Ctrl-C does not reach
        # it.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
        self._lock = threading.Lock()

    def watch(
        self, *, uid: int | None = None, group: int | None = None, folders: Iterable[Path] = ()
    ) -> None:
        """When the judge ends, kill everything of this uid or process group, and remove these
        control groups (folders that have to be empty).
        """
        self._order("watch", uid=uid, group=group, folders=list(map(str, folders)))

    def end(self, *, uid: int | None = None, group: int | None = None) -> bool:
        """Kill it now; True once nothing of it is left."""
        return self._order("end", uid=uid, group=group)

    def _order(self, verb: str, **what: Any) -> bool:
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps([verb, what]).encode() + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the janitor of the sandbox has died")
        return json.loads(answer)


def processes_of(uid: int) -> list[int]:
    """The living processes that run under a uid (zombies hold nothing and do not count)."""
    pids = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names, not paths
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{entry}/status").read_text(errors="replace")
            fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
            alive = fields["State"].split()[0] not in ("Z", "X")
            if alive and str(uid) in fields["Uid"].split():
                pids.append(int(entry))
    return pids


def kill_uid(uid: int) -> bool:
    """Kill all processes of a uid at once, a fork bomb included; True once none is left.

    A child that has become this uid signals "everyone I may": the kernel walks the process table
    in one go, and no fork escapes it. Picking pids one by one loses that race.
    """
    deadline = time.monotonic() + SECONDS
    while True:
        _kill_those_of(uid, deadline)
        for public in PUBLIC:
            _sweep(public, uid)
        if not processes_of(uid):  # what was just starting has become this uid meanwhile
            return True
        if time.monotonic() >= deadline:
            return False


def _kill_those_of(uid: int, deadline: float) -> None:
    while processes_of(uid) and time.monotonic() < deadline:
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        time.sleep(0.005)


def _sweep(folder: str, uid: int) -> None:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid != uid:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)  # noqa: PTH108 - an entry is no Path


def kill_group(group: int) -> bool:
    """Kill a process group; whatever has left the group is not found."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    return True


END = {"uid": kill_uid, "group": kill_group}


def serve(folder: Path) -> None:
    """Obey orders until the pipe ends, then end everything and delete the folder."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    watched = {"uid": set(), "group": set()}
    folders = set()
    for line in sys.stdin.buffer:
        verb, what = json.loads(line)
        folders.update(what.pop("folders", ()))
        done = True
        for kind, value in what.items():
            if value is not None and verb == "watch":
                watched[kind].add(value)
            elif value is not None:
                watched[kind].discard(value)
                done = END[kind](value)
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()
    for kind, values in watched.items():
        for value in values:
            END[kind](value)
    for path in folders:
        with contextlib.suppress(OSError):
            os.rmdir(path)  # noqa: PTH106 - a string, as it came
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    # Only ever below the folder for temporary files: this runs as root and deletes.
    workspace = Path(sys.argv[1])
    if workspace.parent == Path(tempfile.gettempdir()) and workspace.name.startswith("autograder-"):
        serve(workspace)
