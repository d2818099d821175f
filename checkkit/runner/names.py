"""Other names of functions, classes and modules in a course.

Checks and probes use the original names. If a course renames some, this module alone finds them in
submissions, and puts the course's names into texts for students.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

Names = Mapping[str, str]  # "module.name" -> its name in the module of the course


class CourseModule:
    """A view of a submission's module, in which objects have their original names too.

    A function that returns None raises TypeError: each function of the contract has a result.
    """

    def __init__(self, module: ModuleType, names: Mapping[str, str]):
        self.__dict__ |= {"_module": module, "_names": names}

    def __getattr__(self, name: str) -> Any:
        theirs = self._names.get(name, name)
        # A submission may also use the original name.
        own = getattr(self._module, theirs if hasattr(self._module, theirs) else name)
        return with_result(name, own) if type(own) is FunctionType else own


def with_result(name: str, function: Callable) -> Callable:
    """A function of the contract, whose result a check uses: None is refused in its name."""

    @wraps(function)
    def call(*values: Any, **options: Any) -> Any:
        result = function(*values, **options)
        if result is None:
            raise TypeError(f"{name} returned None: does it lack `return`?")
        return result

    return call


def with_course_names(module: ModuleType, name: str, names: Names) -> CourseModule:
    """The module `name` of the package, with the original names that a probe uses."""
    here = {
        ours.partition(".")[2]: theirs
        for ours, theirs in names.items()
        if ours.partition(".")[0] == name
    }
    return CourseModule(module, here)


def original_names(names: Names) -> dict[str, str]:
    """The course's name of what it renames -> the original name."""
    return {theirs: ours.partition(".")[2] for ours, theirs in names.items()}


def in_course_words(text: str, names: Names) -> str:
    """Text with the course's names in place of the original ones.

    After the word "task", a name is that of a task, which stays, also where a function has it.
    """
    if not names:
        return text
    theirs = {ours.partition(".")[2]: name for ours, name in names.items()}
    return re.sub(rf"(?<!\btask )\b({'|'.join(theirs)})\b", lambda found: theirs[found[1]], text)
