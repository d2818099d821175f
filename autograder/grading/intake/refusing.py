"""Explain why nothing was taken of a submission, and what to hand in."""

from checkkit.text import one_line

from .naming import listed
from .policy import IntakePolicy
from .submission import PACKAGE, misnamed
from .trees import Tree, ending, files_below

OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z")


def nothing_found(tree: Tree, policy: IntakePolicy) -> str:
    """Why nothing was taken, in words that say what to hand in."""
    files = [one_line(start + name) for start, _, name in files_below(tree)]
    written = policy.written
    example = f"files of it such as {written[0]}, " if written else ""
    wanted = f"hand in the folder {PACKAGE}, {example}or the notebook"
    if tree.kinds.get(PACKAGE) == "other":
        return f"its {PACKAGE} is a link; hand in the folder itself"
    if not files:
        return f"holds no folder named {PACKAGE}, for it is empty; {wanted}"
    inside = sorted({name.partition(f"/{PACKAGE}/")[0] for name in files if f"/{PACKAGE}/" in name})
    if len(inside) > 1:
        return f"holds {len(inside)} submissions, not one ({listed(inside)}); hand in one of them"
    if len(inside) == 1:
        return f"holds its folder {PACKAGE} deep in {inside[0]}; {wanted}"
    for name in files:
        if right := misnamed(name.rpartition("/")[2]):
            return f"holds {name}; rename it to {right}"
    if spelled := _spelled_otherwise(files):
        return f"holds a folder named {spelled}; rename it to {PACKAGE}"
    if found := ending(files, ".ipynb"):
        return f"holds a notebook deep in its folders ({found[0]}); {wanted}"
    if found := ending(files, *OTHER_ARCHIVES):
        return f"holds {found[0]}, which is not read; hand in a zip, or unpack it first"
    found = ending(files, ".zip")
    if len(found) == 1:
        return f"holds {found[0]} in turn; hand in what is in it"
    if found:
        return f"holds {len(found)} zips ({listed(found)}); hand in one of them"
    if own := [name for name in files if name.rpartition("/")[2] in written]:
        places = sorted({name.rpartition("/")[0] for name in own})
        if len(places) > 1:
            return (
                f"holds {own[0]} and others in {len(places)} folders ({listed(places)}); {wanted}"
            )
        return f"holds {own[0]} deep in its folders; {wanted}"
    if found := ending(files, ".py"):
        return f"holds {found[0]}, and none of {', '.join(written)}; {wanted}"
    return f"holds no folder named {PACKAGE}; {wanted}"


def _spelled_otherwise(names: list[str]) -> str | None:
    parts = (part for name in names for part in name.split("/")[:-1])
    return next((part for part in parts if part.casefold() == PACKAGE), None)
