"""One request, one reply: run the probe, say what it returned or what the submission raised."""

import __future__

import importlib
from functools import cache
from types import CodeType
from typing import Any

import torch

from checkkit.runner.evidence import CheckFailed
from checkkit.runner.local import Package, as_evidence, as_tensors
from checkkit.runner.missing import stubs_for_missing_names
from checkkit.runner.torch_state import TorchState
from checkkit.spies.accelerators import on_any_device
from checkkit.spies.randomness import reset_random_state

from . import compiler
from .exceptions import describe

TEXT = 32_000  # characters of a text that is evidence; fits the header with room to spare


def prepare_torch(threads: int) -> None:
    """Fix the thread counts, which can be set once only; leave the compiler for later."""
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    compiler.postpone()


class Answers:
    """Answers requests on the package `diffusion` in the folder `submission`."""

    def __init__(self, submission: str):
        self.submission = submission
        self.state = TorchState()

    def to(self, request: dict) -> dict:
        """The reply to one request: evidence, a refusal of it, or what the submission raised."""
        self.state.restore()  # again: a thread that the submission left may have gone on
        reset_random_state(request["seed"])
        try:
            probe, names = load_probe(**request["probe"]), request["names"]
            with stubs_for_missing_names(request["stubs"], names):
                values = on_any_device(
                    probe,
                    Package(names),
                    copies=lambda: as_tensors(request["inputs"]),
                    again=lambda: reset_random_state(request["seed"]),
                )
            reply = {"kind": "evidence", "values": _as_values(values)}
        except CheckFailed as refusal:
            reply = {"kind": "refused", "text": str(refusal)}
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the submission's too
            reply = {"kind": "raised", **describe(error, self.submission, request["inputs"])}
        self.state.restore()
        source = request["probe"]["source"]
        changed = [name for name in self.state.changed if not _by_probe(name, source)]
        return {"token": request["token"], "changed": changed, **reply}


def _by_probe(switch: str, source: str) -> bool:
    """Whether the probe, not the submission, may have moved a switch: those that train say how many
    threads they want.
    """
    return switch == "the number of threads" and "set_num_threads" in source


def load_probe(name: str, source: str, imports: list) -> Any:
    """The function that `checkkit.runner.probes.probe_source` took apart."""
    namespace: dict[str, Any] = {"__name__": "probe"}
    for alias, module, attribute in imports:
        imported = importlib.import_module(module)
        namespace[alias] = getattr(imported, attribute) if attribute else imported
    exec(_compiled(source), namespace)
    return namespace[name]


@cache  # checks send the same probe often
def _compiled(source: str) -> CodeType:
    # Annotations stay unevaluated: what they name did not travel.
    flags = __future__.annotations.compiler_flag
    return compile(source, "<probe>", "exec", flags=flags, dont_inherit=True)


def _as_values(raw: Any) -> dict:
    if not isinstance(raw, dict):
        raise TypeError("the probe returned no dict")
    return {name: _as_value(name, value) for name, value in raw.items()}


def _as_value(name: str, value: Any) -> Any:
    evidence = as_evidence(name, value)
    if getattr(evidence, "dtype", None) is not None and evidence.dtype.kind not in "biuf":
        why = ": the root of a negative number is complex" if evidence.dtype.kind == "c" else ""
        raise CheckFailed(f"{name} has dtype {evidence.dtype}, expected real numbers{why}")
    return evidence[:TEXT] if isinstance(evidence, str) else evidence
