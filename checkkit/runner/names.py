"""Other names of functions, classes and modules in a course.

Checks and probes use the original names. If a course renames some, this module alone finds them in
submissions, and puts the course's names into texts for students.
"""

import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

Names = Mapping[str, str]  # "module.name" -> its name in the module of the course


class RenamedModule:
    """A view of a submission's module, in which objects have their original names too."""

    def __init__(self, module: ModuleType, names: Mapping[str, str]):
        self.__dict__ |= {"_module": module, "_names": names}

    def __getattr__(self, name: str) -> Any:
        theirs = self._names.get(name, name)
        # A submission may also use the original name.
        return getattr(self._module, theirs if hasattr(self._module, theirs) else name)


def with_course_names(module: ModuleType, name: str, names: Names) -> ModuleType | RenamedModule:
    """The module `name` of the package, with the original names that a probe uses."""
    here = {
        ours.partition(".")[2]: theirs
        for ours, theirs in names.items()
        if ours.partition(".")[0] == name
    }
    return RenamedModule(module, here) if here else module


def original_names(names: Names) -> dict[str, str]:
    """The course's name of what it renames -> the original name."""
    return {theirs: ours.partition(".")[2] for ours, theirs in names.items()}


def in_course_words(text: str, names: Names) -> str:
    """Text with the course's names in place of the original ones."""
    if not names:
        return text
    theirs = {ours.partition(".")[2]: name for ours, name in names.items()}
    return re.sub(rf"\b({'|'.join(theirs)})\b", lambda found: theirs[found[1]], text)
