"""Runs on another machine: a judging process for each thread of a Dask worker.

Jobs arrive and records leave as JSON bytes. Nothing of a submission is unpickled or run in the
worker, only in the judging process and its sandbox.
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

_THREAD = threading.local()


def identity() -> dict[str, str]:
    """Versions that must be equal on all machines of a batch, so that results are equal."""
    packages = ("torch", "numpy", "pytest", "safetensors")
    return {
        "the grader's code": grader_version()[:12],
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: importlib.metadata.version(name).partition("+")[0] for name in packages},
    }


def judge_remotely(settings: str, expected: dict[str, str], silence: float, job: bytes) -> bytes:
    """Judge one job; with an empty one, only return the setup of this machine.

    The answer is a list of events `[kind, content]`; `["refused", why]` if it cannot judge.
    """
    here = identity()
    different = [
        f"{name} {here[name]} instead of {expected[name]}"
        for name in here
        if here[name] != expected.get(name)
    ]
    if different:
        return _refusal(f"has {', '.join(different)}; install the same there")
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
    """The judging process of this thread; a new one if the settings are new."""
    if getattr(_THREAD, "settings", None) != settings:
        if pool := getattr(_THREAD, "pool", None):
            pool.__exit__()
        _THREAD.settings = settings
        _THREAD.pool = LocalPool(Settings.from_json(settings), 1, silence)
    return _THREAD.pool


def _refusal(why: str) -> bytes:
    return json.dumps([["refused", f"the machine {socket.gethostname()} {why}"]]).encode()
