"""The sections of the handout, as the notebook shows them."""

import re

HEADING = re.compile(r"(?P<marks>#{1,6}) (?P<title>.+?) *")
# Around what is only for work with files.
LEAVE = "<!-- not in the notebook -->"
RETURN = "<!-- in the notebook again -->"
INNER_LINK = re.compile(r"\[([^\]]+)\]\(#[^)]*\)")


def sections(text: str) -> dict[str, str]:
    """Heading -> the section, up to the next heading of any level.

    Passages that are not for notebooks are gone, headings among them; links between sections are
    plain text.

    Raises:
        ValueError: a passage does not end, or ends twice.
    """
    found: dict[str, list[str]] = {}
    current: list[str] = []
    fenced = left = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() in (LEAVE, RETURN):
            if left == (line.strip() == LEAVE):
                raise ValueError(f"line {number}: {line.strip()} has no effect here")
            left = not left
            continue
        if line.startswith("```"):
            fenced = not fenced
        heading = None if fenced else HEADING.fullmatch(line)
        if heading:
            current = found.setdefault(heading["title"], [])
        # The notebook has a title of its own, so that of the page is not shown either.
        if not left and not (heading and heading["marks"] == "#"):
            current.append(line)
    if left:
        raise ValueError(f"{LEAVE} is not followed by {RETURN}")
    return {title: _shown("\n".join(lines)) for title, lines in found.items()}


def _shown(section: str) -> str:
    section = re.sub(r"\n+---\s*$", "", section.rstrip())  # a rule between parts
    section = re.sub(r"\n{3,}", "\n\n", section)
    return INNER_LINK.sub(r"\1", section).strip()
