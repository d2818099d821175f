"""What runs on another machine: a judging process of its own for each thread of a Dask worker.

Jobs arrive and records leave as JSON bytes. Nothing of a submission is unpickled, and none of it
runs in the worker: that is for the judging process and its sandbox.
"""

import importlib.metadata
import json
import platform
import socket
import threading

from autograder.grading.batch.keys import grader_version
from autograder.grading.batch.pool import LocalPool, PoolFailed
from autograder.grading.batch.settings import Settings
from autograder.grading.judging.job import Job

_OF_THREAD = threading.local()


def identity() -> dict[str, str]:
    """What must be equal on all machines of a batch, or equal work gives unequal results."""
    packages = ("torch", "numpy", "pytest", "safetensors")
    return {
        "the grader's code": grader_version()[:12],
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: importlib.metadata.version(name).partition("+")[0] for name in packages},
    }


def judge_remotely(settings: str, expected: dict[str, str], silence: float, job: bytes) -> bytes:
    """Judge one job; with an empty one, only say with what this machine would grade.

    The answer is a list of events: `[kind, content]`. It never raises for what is wrong here, but
    says {"refused": why}.
    """
    found = identity()
    other = [f"{name} {found[name]} instead of {expected[name]}" for name in found
             if found[name] != expected.get(name)]  # fmt: skip
    if other:
        return _refusal(f"has {', '.join(other)}; install the same there")
    try:
        pool = _pool(settings, silence)
        jobs = iter([Job.from_json(job)] if job else [])
        events = [(event.kind, event.content) for event in pool.judge(jobs)]
    except PoolFailed as error:
        return _refusal(str(error))
    if not job:
        return json.dumps([("ready", pool.ready)]).encode()
    return json.dumps([event for event in events if event[0] in ("done", "lost")]).encode()


def _pool(settings: str, silence: float) -> LocalPool:
    """The judging process of this thread; a new one where the settings are new."""
    if getattr(_OF_THREAD, "settings", None) != settings:
        if getattr(_OF_THREAD, "pool", None):
            _OF_THREAD.pool.__exit__()
        _OF_THREAD.settings = settings
        _OF_THREAD.pool = LocalPool(Settings.from_json(settings), 1, silence)
    return _OF_THREAD.pool


def _refusal(why: str) -> bytes:
    return json.dumps([["refused", f"the machine {socket.gethostname()} {why}"]]).encode()
