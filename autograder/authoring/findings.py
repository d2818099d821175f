"""The findings of `autograder lint`: one line for each fault, with its remedy."""

from dataclasses import dataclass

REGENERATE = "run `autograder lint --write`"


@dataclass(frozen=True)
class Finding:
    """A fault in a file of the repository; `detail` (such as a diff) is printed below its line."""

    file: str
    line: int
    problem: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"
