"""What a course says about what is handed in to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from autograder.config.paths import REPOSITORY, Repository, files_in


@dataclass(frozen=True)
class Terms:
    """What taking a submission goes by.

    `hands_in` says which counts where a submission holds both modules and a notebook; `starter` are
    the modules that students start from, by path; `names` maps names of the contract with their
    module to what the course calls them.
    """

    hands_in: Literal["py", "notebook"] = "py"
    starter: Mapping[str, bytes] = field(default_factory=lambda: committed_starter(), repr=False)
    names: Mapping[str, str] = field(default_factory=dict)


@cache
def committed_starter(repository: Repository = REPOSITORY) -> dict[str, bytes]:
    """Path -> content of the modules of starter/."""
    package = repository.starter_package
    return {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in files_in(package, ".py")
    }
