"""From the bytes of a notebook to files of the package and what to tell about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkkit.text import one_line

from .answers import answers
from .claiming import claims
from .collecting import collected
from .reading import read_cells

PACKAGE = "diffusion"
LISTED = 4
MOST_REMARKS = 30


@dataclass(frozen=True)
class Taken:
    """The modules by path, what to tell, and whether a cell is not as it was given."""

    files: dict[str, bytes]
    remarks: list[str] = field(default_factory=list)
    touched: bool = True


def take_notebook(
    content: bytes, starter: Mapping[str, bytes], renamed: Mapping[str, str]
) -> Taken:
    """The modules that a notebook stands for.

    Args:
        content: the file.
        starter: the modules that students of the course start from, by path.
        renamed: "unet.TimeConditionalUNet" -> what the course calls it.

    Raises:
        BadNotebook: it is none, or holds nothing of the assignment.
    """
    found = claims(read_cells(content), answers(starter, renamed), starter)
    modules = collected(found, starter)
    remarks = [*found.remarks, *modules.remarks]
    dropped = [line for codes in found.of_module.values() for c in codes for line in c.dropped]
    if dropped:
        listed = ", ".join(one_line(line, 40) for line in dropped[:LISTED])
        more = ", ..." if len(dropped) > LISTED else ""
        remarks.append(f"lines for IPython or the shell were left out: {listed}{more}")
    return Taken(
        {
            f"{PACKAGE}/{name}.py": text.encode(errors="surrogatepass")
            for name, text in modules.modules.items()
        },
        remarks[:MOST_REMARKS],
        found.touched,
    )
