"""Every folder and file of this repository that the autograder reads or writes, named once.

    REPOSITORY.hidden       a Path, after a check that it is a folder with Python files
    Repository.hidden.name  "autograder/hidden", for messages and for names in an archive

To list a missing folder yields no files and no error: a search would find no leak, a key would miss
a change. So every access checks that the path is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, overload

NAMED_IN = "autograder/config/paths.py"
PLATFORM_FILES = ("run_autograder", "setup.sh")  # in the root of an unpacked autograder.zip


class MissingPath(Exception):
    """A path of `autograder/config/paths.py` is missing.

    It is no OSError, so that nobody takes it for a missing file of a submission.
    """

    def __init__(self, path: Path, problem: str):
        self.path, self.problem = path, problem
        super().__init__(
            f"{path} {problem}. Put it back; if it was renamed or moved, change {NAMED_IN}"
        )


class Named:
    """A path relative to the repository; access through a `Repository` checks it."""

    def __init__(self, name: str):
        self.name = name

    @overload
    def __get__(self, repository: None, owner: type) -> Self: ...
    @overload
    def __get__(self, repository: "Repository", owner: type) -> Path: ...
    def __get__(self, repository: "Repository | None", owner: type) -> "Self | Path":
        return self if repository is None else self.below(repository.root)

    def __str__(self) -> str:
        return self.name

    def below(self, root: Path) -> Path:
        """The path in the repository at `root`.

        Raises:
            MissingPath: it is missing or empty.
        """
        raise NotImplementedError


class File(Named):
    """A file that must be there."""

    def below(self, root: Path) -> Path:
        return existing(root / self.name)


class Folder(Named):
    """A folder that must hold files of these suffixes; byte code does not count."""

    def __init__(self, name: str, *suffixes: str):
        super().__init__(name)
        self.suffixes = suffixes

    def below(self, root: Path) -> Path:
        if next(_files(root / self.name, self.suffixes), None) is None:
            raise _nothing_in(root / self.name, self.suffixes)
        return root / self.name


class Written(Named):
    """A path that a command writes: it may be missing."""

    def below(self, root: Path) -> Path:
        return root / self.name


@dataclass(frozen=True)
class Repository:
    """A checkout, a copy of one, or what is left of one where autograder.zip is unpacked."""

    root: Path

    # What an instructor edits.
    grading = File("grading.yaml")
    profiles = Folder("profiles", ".yaml")
    deliverables = Folder("autograder/authoring/lint/handouts", ".yaml")

    # The assignment.
    solution = Folder("solution", ".py")
    solution_package = Folder("solution/diffusion", ".py")
    starter = Folder("starter", ".py")
    starter_package = Folder("starter/diffusion", ".py")
    starter_figures = Folder("starter/figures", ".png")
    starter_conftest = File("starter/conftest.py")
    starter_pytest = File("starter/pytest.ini")
    starter_requirements = File("starter/requirements.txt")
    handout = File("starter/README.md")
    notebook_source = File("notebooks/diffusion.py")

    # The visible checks and their data, which students get.
    checks = Folder("tests", ".py")
    digits = File("tests/data/mnist_subset.npz")
    classifier = File("tests/data/classifier.safetensors")
    digit_model = File("tests/data/digit_model.safetensors")

    # What checks are written with, which students get too.
    checkkit = Folder("checkkit", ".py")
    checkkit_init = File("checkkit/__init__.py")
    plugin = File("checkkit/plugin.py")
    runner = Folder("checkkit/runner", ".py")
    spies = Folder("checkkit/spies", ".py")
    cells = Folder("checkkit/cells", ".py")
    report_templates = Folder("checkkit/report/templates", ".html", ".css")
    parts = Written("checkkit/report/parts.json")
    classifier_module = File("checkkit/classifier.py")
    registration = File("checkkit/registration.py")
    oracles = File("checkkit/oracles.py")
    notebook_checks = File("checkkit/notebook.py")
    report_figures = File("checkkit/report/figures.py")
    report_package = File("checkkit/report/__init__.py")
    report_page = File("checkkit/report/page.py")
    report_sketch = File("checkkit/report/sketch.py")
    report_status = File("checkkit/report/status.py")
    local_report = File("checkkit/report/local_report.py")
    digits_run = File("checkkit/runs/digits.py")
    muon = File("checkkit/spies/muon.py")
    called_as_ddpm = File("checkkit/spies/called_as_ddpm.py")

    # What judges a submission.
    autograder = Folder("autograder", ".py")
    config_package = Folder("autograder/config", ".py")
    course_package = Folder("autograder/course", ".py")
    grading_package = Folder("autograder/grading", ".py")
    hidden = Folder("autograder/hidden", ".py")
    judge = Folder("autograder/grading/judging", ".py")
    sandbox = Folder("autograder/grading/sandbox", ".py")
    limits = File("autograder/grading/sandbox/resources/limits.py")
    wire = Folder("autograder/grading/sandbox/wire", ".py")
    worker = Folder("autograder/grading/sandbox/worker", ".py")
    review = Folder("autograder/grading/review", ".py")
    similarity = Folder("autograder/grading/review/similarity", ".py")
    source_review = Folder("autograder/grading/review/source_review", ".py")
    source_reader = File("autograder/grading/review/source_reader.py")
    source_reading = File("autograder/grading/review/source_review/reading.py")
    notebook_reader = File("autograder/grading/review/notebook_reader.py")
    staff_templates = Folder("autograder/grading/reports/templates", ".html")
    similar_templates = Folder("autograder/grading/review/similarity/templates", ".html")

    # What is released beside the assignment.
    platform = Folder("autograder/grading/gradescope/platform")
    student_given = Folder("autograder/authoring/release/given/student", ".py")
    nbgrader_given = Folder("autograder/authoring/release/given/nbgrader", ".py")
    bundle_readme = File("autograder/authoring/release/given/student/README.md.j2")
    bundle_report = File("autograder/authoring/release/given/student/report.md.j2")

    # How the checks are checked.
    known_bugs = Folder("autograder/validation/known_bugs", ".py")
    wrong = Folder("autograder/validation/known_bugs/wrong", ".yaml")
    right = Folder("autograder/validation/known_bugs/right", ".py")
    known_bugs_templates = Folder("autograder/validation/known_bugs/templates", ".html")
    performance_templates = Folder("autograder/validation/performance/templates", ".j2")
    false_failures_templates = Folder("autograder/validation/false_failures/templates", ".html")
    false_failures = Folder("autograder/validation/false_failures", ".py")
    mutation = Folder("autograder/validation/mutation", ".py")
    equivalents = File("autograder/validation/mutation/equivalent.yaml")
    hostile = Folder("autograder/cli/demo_submissions/hostile", ".py")
    calibration = Folder("autograder/validation/digits/calibration", ".csv")
    own_tests = Folder("autograder/tests", ".py")
    attacks = Folder("autograder/validation/attacks/entries", ".yaml")
    resume_test = File("autograder/tests/unit/solution/test_resume.py")

    # What describes and installs it.
    conftest = File("conftest.py")
    readme = File("README.md")
    project = File("pyproject.toml")
    lock = File("requirements.lock")
    student_lock = File("requirements-student.lock")
    notebook_lock = File("requirements-notebook.lock")
    docs = Folder("docs", ".md")
    guide = File("docs/guide.md")
    security_page = File("docs/security.md")
    runs = Folder("docs/runs", ".json")
    class_run = Folder("docs/runs/class", ".json")
    flow_run = Folder("docs/runs/flow-class", ".json")
    edm_run = Folder("docs/runs/edm", ".json")
    samplers_table = Folder("docs/runs/samplers", ".json")

    # What git and commands write into it.
    history = Written(".git")
    build = Written("build")
    mnist = Written("data")
    digits_subset = Written("tests/data/mnist_subset.npz")
    digit_weights = Written("tests/data/digit_model.safetensors")
    handouts_page = Written("docs/handouts.md")
    false_failures_picture = Written("docs/false-failures.png")
    digits_picture = Written("docs/digits.png")
    architecture_picture = Written("docs/architecture.png")
    figure_chain = Written("starter/figures/chain.png")
    figure_unet = Written("starter/figures/1-unet.png")
    figure_operations = Written("starter/figures/2-operations.png")
    figure_conditional_unet = Written("starter/figures/3-conditional-unet.png")
    figure_schedule = Written("starter/figures/4-schedule.png")
    figure_sampler_mistakes = Written("starter/figures/8-sampler-mistakes.png")
    figure_guidance_mistakes = Written("starter/figures/9-guidance-mistakes.png")
    figure_loss_mistakes = Written("starter/figures/10-loss-mistakes.png")
    bench_results = Written("autograder/validation/performance/bench/results")
    similar_results = Written("autograder/validation/similarity_results")

    @property
    def is_unpacked_zip(self) -> bool:
        """Whether this is an unpacked autograder.zip: no solution, no docs, nothing to release."""
        return all((self.root / name).is_file() for name in PLATFORM_FILES)

    def at(self, name: str) -> Path:
        """The path of any other file, which may be missing."""
        return self.root / name

    @classmethod
    def named(cls) -> dict[str, Named]:
        """Attribute -> path of everything that is named here."""
        return {name: path for name, path in vars(cls).items() if isinstance(path, Named)}

    def missing(self) -> Iterator[MissingPath]:
        """The problem of each path that is not there, or is empty."""
        for path in self.named().values():
            try:
                path.below(self.root)
            except MissingPath as problem:
                yield problem


REPOSITORY = Repository(Path(__file__).resolve().parents[2])


def existing(path: Path) -> Path:
    """The path of a file that must be there.

    Raises:
        MissingPath: it is not.
    """
    if not path.is_file():
        raise MissingPath(path, "is missing")
    return path


def files_in(folder: Path, *suffixes: str) -> list[Path]:
    """The files of these suffixes below a folder, or all of them, in order; no byte code.

    Raises:
        MissingPath: there is none.
    """
    found = sorted(_files(folder, suffixes))
    if not found:
        raise _nothing_in(folder, suffixes)
    return found


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        fits = not suffixes or path.suffix in suffixes
        if fits and "__pycache__" not in path.parts and path.is_file():
            yield path


def _nothing_in(folder: Path, suffixes: tuple[str, ...]) -> MissingPath:
    if not folder.is_dir():
        return MissingPath(folder, "is missing")
    return MissingPath(folder, f"holds no {' or '.join(suffixes)} file".replace("  ", " "))
