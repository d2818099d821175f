"""What `autograder lint` has to say: one line for each fault, and what to do about it."""

from dataclasses import dataclass

REGENERATE = "run `autograder lint --write`"


@dataclass(frozen=True)
class Finding:
    """A fault in a file of the repository; `detail` (a diff, say) goes below its line."""

    file: str
    line: int
    problem: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"
