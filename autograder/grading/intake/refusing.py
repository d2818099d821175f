"""Why nothing was taken of a submission, in words that say what to hand in."""

from checkkit.text import one_line

from .submission import PACKAGE, modules
from .trees import LOOKED_THROUGH, Tree, ending, real_folders

LOOKED_AT = 2000
OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z")


def nothing_found(tree: Tree) -> str:
    """Why nothing was taken, in words that say what to hand in."""
    seen = [one_line(name) for name in _seen(tree)]
    wanted = f"hand in the folder {PACKAGE}, files of it such as {modules()[0]}, or the notebook"
    if PACKAGE in tree.names and PACKAGE not in tree.folders + tree.files:
        return f"its {PACKAGE} is a link; hand in the folder itself"
    if not seen:
        return f"holds no folder named {PACKAGE}, for it is empty; {wanted}"
    inside = sorted({name.partition(f"/{PACKAGE}/")[0] for name in seen if f"/{PACKAGE}/" in name})
    if len(inside) > 1:
        found = ", ".join(inside[:4]) + (", ..." if len(inside) > 4 else "")
        return f"holds {len(inside)} submissions, not one ({found}); hand in one of them"
    if len(inside) == 1:
        return f"holds its folder {PACKAGE} deep in {inside[0]}; {wanted}"
    if spelled := _spelled_otherwise(seen):
        return f"holds a folder named {spelled}; rename it to {PACKAGE}"
    if found := ending(seen, ".ipynb"):
        return f"holds a notebook deep in its folders ({found[0]}); {wanted}"
    if found := ending(seen, *OTHER_ARCHIVES):
        return f"holds {found[0]}, which is not read; hand in a zip, or unpack it first"
    found = ending(seen, ".zip")
    if len(found) == 1:
        return f"holds {found[0]} in turn; hand in what is in it"
    if found:
        return f"holds {len(found)} zips ({', '.join(found[:3])}); hand in one of them"
    if found := ending(seen, ".py"):
        return f"holds {found[0]}, and none of {', '.join(modules())}; {wanted}"
    return f"holds no folder named {PACKAGE}; {wanted}"


def _seen(tree: Tree) -> list[str]:
    """Names of files, not from too deep and as many as a message needs."""
    seen, waiting = [], [("", tree, 0)]
    while waiting and len(seen) < LOOKED_AT:
        start, place, depth = waiting.pop(0)
        seen += [start + name for name in place.files]
        if depth < LOOKED_THROUGH + 2:
            waiting += [
                (f"{start}{name}/", place.enter(name), depth + 1) for name in real_folders(place)
            ]
    return seen[:LOOKED_AT]


def _spelled_otherwise(names: list[str]) -> str | None:
    parts = (part for name in names for part in name.split("/")[:-1])
    return next((part for part in parts if part.casefold() == PACKAGE), None)
