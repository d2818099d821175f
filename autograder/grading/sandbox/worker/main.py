"""The worker's life: lock itself in, import torch, answer probes until the pipe is closed."""

import importlib
import json
import os
import sys
import warnings

from . import lockdown


def main(settings_text: str) -> None:
    """Run by `settings_text`, the JSON that `autograder.grading.sandbox.process` wrote."""
    settings = json.loads(settings_text)
    for descriptor in (settings["request_fd"], settings["reply_fd"]):
        os.set_inheritable(descriptor, False)
    # Before NumPy and torch are imported: Landlock and seccomp bind threads, and these start some.
    lockdown.confine(settings)
    sys.path[:0] = [settings["payload"], settings["submission"]]
    sys.path += [path for path in settings["packages"] if path not in sys.path]
    channel = importlib.import_module("sandbox.worker.channel").Channel(
        settings["request_fd"], settings["reply_fd"]
    )
    if settings["role"] == "selftest":
        channel.send(importlib.import_module("sandbox.worker.attacks").report(settings))
        return
    if settings["role"] == "read":  # a reader of source, which needs no torch
        reading = importlib.import_module("source_review.reading")
        channel.send(reading.report(settings["submission"], settings["question"]))
        return
    warnings.simplefilter("ignore")
    answer = importlib.import_module("sandbox.worker.answer")
    answer.prepare_torch(settings["threads"])
    lockdown.limit_data(settings["memory"])
    channel.send({"kind": "hello", "base_prefix": sys.base_prefix})
    answers = answer.Answers(settings["submission"])
    while (request := channel.receive()) is not None:
        channel.send(answers.to(request))
