"""The course for nbgrader. `autograder release` writes this file; see README.md beside it."""

import hashlib
import json
import os
import shutil
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearSolutions,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
)

c = get_config()  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # nbgrader has it

c.CourseDirectory.course_id = "@COURSE_ID@"


class OurStubs(ClearSolutions):
    """Takes solutions away as the starter does, where a cell is as it was released.

    A cell that was edited here gets nbgrader's own stub.
    """

    released = json.loads((Path(__file__).parent / "stubs.json").read_text(encoding="utf-8"))

    def preprocess_cell(self, cell, resources, cell_index):
        ours = self.released.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if ours and hashlib.sha256(cell.source.encode()).hexdigest() == ours["solution_sha256"]:
            cell.source = ours["stub"]
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


given = GenerateAssignment.preprocessors.default_args
assert given is not None
c.GenerateAssignment.preprocessors = [
    OurStubs if step is ClearSolutions else step for step in given[0]
]

# `nbgrader autograde` runs nothing here. What students have trained and drawn stays as they handed
# it in, for people to mark, and no code of theirs comes near gradebook.db: whatever runs in a
# notebook's kernel could write into it. Scores come from `autograder grade --gradebook`.
# RUN_NOTEBOOKS=yes is nbgrader's own way all the same: for a copy of the course, see README.md.
if os.environ.get("RUN_NOTEBOOKS") != "yes":
    c.Autograde.sanitize_preprocessors = [
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        CheckCellMetadata,
    ]

# Cells that students deleted come back, so that everybody has the same lines to mark.
c.OverwriteCells.add_missing_cells = True

# Modules that students handed in beside the notebook stay theirs.
source = Path(__file__).parent / "source" / "@ASSIGNMENT@"
c.Autograde.exclude_overwriting = {
    source.name: [p.relative_to(source).as_posix() for p in source.glob("diffusion/**/*.py")]
}


def only_what_release_feedback_reads(self, assignment_id, student_id):
    """Without this, feedback/ gets a copy of every file that lies beside the notebook."""
    source = Path(self._format_source(assignment_id, student_id))
    target = Path(self._format_dest(assignment_id, student_id))
    target.mkdir(parents=True, exist_ok=True)
    for name in ("timestamp.txt", "submission_secret.txt"):
        if (source / name).is_file():
            shutil.copy(source / name, target / name)


GenerateFeedback.init_assignment = only_what_release_feedback_reads

# For `nbgrader validate` and RUN_NOTEBOOKS, which do run notebooks: with DIFFUSION_SIZE=tiny the
# figures take seconds.
c.Execute.timeout = 600
c.Execute.startup_timeout = 120
