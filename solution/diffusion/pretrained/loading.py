# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""Models of the library diffusers: clear errors where one cannot be loaded. Given."""

import importlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

INSTALL = "pip install diffusers transformers accelerate sentencepiece"


class NotLoaded(Exception):
    """A model cannot be loaded here; the message says what to do."""


def library(name: str) -> ModuleType:
    """diffusers or transformers, which only these models need.

    Raises:
        NotLoaded: it is not installed, or lacks something.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        with warnings.catch_warnings(action="ignore"):
            return importlib.import_module(name)
    except ImportError as error:
        raise NotLoaded(f"{name} cannot be imported ({error}): {INSTALL}") from error


@contextmanager
def loading(source: str) -> Iterator[None]:
    """Within, a model is loaded from `source`: a folder, or the name of a model on Hugging Face.

    Raises:
        NotLoaded: this failed: no licence accepted, no network, or another cause.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except NotLoaded:
        raise
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        raise NotLoaded(f"{source} cannot be loaded. {_remedy(source, error)}") from error


def _remedy(source: str, error: BaseException) -> str:
    """What to do, by the names of the errors behind this one."""
    names = {type(behind).__name__ for behind in _chain(error)}
    if names & {"GatedRepoError", "RepositoryNotFoundError"}:
        return (
            f"Accept its licence on https://huggingface.co/{source} with an account there, then "
            "log in: make a token in the settings of the account, and give it to `hf auth login`."
        )
    offline = {"LocalEntryNotFoundError", "OfflineModeIsEnabled", "ConnectError", "ConnectTimeout"}
    if names & offline:
        return (
            "It is not on this machine, and there is no network or it is not to be used. Load it "
            "once with a network; afterwards local_files_only=True is enough."
        )
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# end for
