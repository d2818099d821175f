"""README.md, CONTRIBUTING.md and docs/: their links, their shell commands, their examples."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from autograder.config.paths import REPOSITORY

README, CONTRIBUTING = REPOSITORY.readme, REPOSITORY.at("CONTRIBUTING.md")
DOCS = sorted(REPOSITORY.docs.glob("*.md"))
PAGES = {str(path.relative_to(REPOSITORY.root)): path for path in (README, CONTRIBUTING, *DOCS)}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GENERATED = re.compile(
    r"<!-- (?:points|attacks).*<!-- (?:end of points|attacks: end) -->", re.DOTALL
)
PROGRAMS = "autograder|make|python -m|pytest|pre-commit|nbgrader|dask"
INLINE = re.compile(rf"`((?:{PROGRAMS}) [^`]+)`")
STEP = re.compile(
    r"(?P<verb>Append\sto|Write|Change|Run|Run\sand\s+see\sit\sfail)(?:\s`(?P<file>[^`]+)`)?:\n\n"
    r"```\w*\n(?P<block>.*?)```",
    re.DOTALL,
)


def prose(page: Path) -> str:
    """The text of a page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def commands(page: Path) -> list[str]:
    """Every shell command of a page: the lines of blocks without a language, and inline ones.

    Two spaces in a block end a command; what follows explains it.
    """
    blocks = "".join(text for language, text in FENCE.findall(page.read_text()) if not language)
    lines = [line.partition("  ")[0] for line in blocks.splitlines()]
    inline = [" ".join(command.split()) for command in INLINE.findall(prose(page))]
    return [line for line in lines if line] + inline


def section_with(page: Path, text: str) -> str:
    """The section of a page that contains `text`."""
    return next(part for part in re.split(r"^#+ ", page.read_text(), flags=re.M) if text in part)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --------------------------------------------------------------------------- worked examples


@dataclass(frozen=True)
class Step:
    """One instruction of an example: change `file`, or, if that is None, run commands."""

    verb: str
    file: str | None
    block: str

    def apply(self, repository: Path) -> None:
        """Change the file in a copy of the repository."""
        assert self.file is not None
        path = repository / self.file
        if self.verb == "Write":
            assert not path.exists()
            path.write_text(self.block)
        elif self.verb == "Change":
            path.write_text(patched(path.read_text(), self.block))
        else:
            gap = "\n\n" if path.suffix == ".py" else ""  # page formatters remove empty lines
            path.write_text(path.read_text() + gap + self.block)

    def command_lines(self) -> list[list[str]]:
        """The words of each command."""
        return [shlex.split(line) for line in self.block.splitlines()]


def steps(page: Path, heading: str) -> list[Step]:
    """The steps of the example below a heading, in order."""
    example = page.read_text().partition(f"\n{heading}\n")[2]
    matches = [match.groupdict() for match in STEP.finditer(example)]
    return [Step(" ".join(each.pop("verb").split()), **each) for each in matches]


def patched(text: str, diff: str) -> str:
    """`text` after each hunk of `diff`, whose old lines must occur exactly once."""
    for hunk in diff.split("@@\n")[1:]:
        lines = [line if line.strip("\n") else " \n" for line in hunk.splitlines(keepends=True)]
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(old) == 1, f"occurs {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    return text
