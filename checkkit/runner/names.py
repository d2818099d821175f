"""What a course calls by another name than these checks do.

Checks and probes say the names of the contract everywhere. A course may call some otherwise, and
then here alone its names are found in a submission, and put into what students read.
"""

import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

Names = Mapping[str, str]  # "unet.TimeConditionalUNet" -> what the course calls it in unet.py


class RenamedModule:
    """A module that answers to the contract's names too; the submission's own is left as it is."""

    def __init__(self, module: ModuleType, names: Mapping[str, str]):
        self.__dict__ |= {"_module": module, "_names": names}

    def __getattr__(self, name: str) -> Any:
        theirs = self._names.get(name, name)
        # Who kept to the contract's name is understood, too.
        return getattr(self._module, theirs if hasattr(self._module, theirs) else name)


def with_course_names(module: ModuleType, name: str, names: Names) -> ModuleType | RenamedModule:
    """The module `name` of the package, by which a probe finds what it knows by the contract."""
    here = {
        ours.partition(".")[2]: theirs
        for ours, theirs in names.items()
        if ours.partition(".")[0] == name
    }
    return RenamedModule(module, here) if here else module


def in_course_words(text: str, names: Names) -> str:
    """Text in which everything has the name that the course gives it."""
    if not names:
        return text
    theirs = {ours.partition(".")[2]: name for ours, name in names.items()}
    return re.sub(rf"\b({'|'.join(theirs)})\b", lambda found: theirs[found[1]], text)
