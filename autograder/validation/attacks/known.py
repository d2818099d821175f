"""What an attacker who knows everything would know; copied into hostile submissions.

It is never imported by the tests themselves. `attempt` says in the submission's output, which staff
read, whether an attack got in or was held; constants with the paths of the day follow below.
"""

# ruff: noqa: F401 - what attacks use comes from here

import atexit
import base64
import builtins
import contextlib
import ctypes
import gc
import json
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch

MIB = 2**20
LIBC = ctypes.CDLL(None, use_errno=True)
KEPT = []


def say(*words):
    """A line of output."""
    print(*words, flush=True)


@contextlib.contextmanager
def attempt(what):
    """Say what became of an attack: it is held where it ends in an exception."""
    try:
        yield
    except Exception as error:
        say("held:", what, "-", type(error).__name__, str(error)[:100])
    else:
        say("GOT IN:", what)


def checked(result):
    """Raise what a function of the C library has failed with."""
    if result in (-1, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def reply_fd():
    """Where the worker writes its answers."""
    from sandbox.worker.channel import Channel

    return next(found for found in gc.get_objects() if isinstance(found, Channel)).reply_fd


def frame_with(name):
    """The nearest frame below that has a local variable of this name."""
    frame = sys._getframe()
    while name not in frame.f_locals:
        frame = frame.f_back
    return frame


def token():
    """The secret of the question that is being answered."""
    return frame_with("request").f_locals["request"]["token"]


def message(header, body=b""):
    """A message in the worker's format, around any bytes."""
    return struct.pack("<4sIQ", b"DFS1", len(header), len(body)) + header + body


def evidence(values, body=b""):
    """A reply to the question that is being answered, with values in JSON as they are written."""
    head = '{"dict":[["token","%s"],["changed",[]],["kind","evidence"],["values",{"dict":[%s]}]]}'
    return message((head % (token(), values)).encode(), body)


def tensors(header, data=b""):
    """A file of safetensors with this header."""
    return struct.pack("<Q", len(header)) + header + data


def reply(data):
    """Write an answer past the worker, and wait to be ended."""
    while data:
        data = data[os.write(reply_fd(), data) :]
    time.sleep(600)


def tables(make):
    """Three tables of the submission's own making."""
    return {name: make() for name in ("betas", "alphas", "alpha_bars")}
