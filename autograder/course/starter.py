"""The modules that students start from; grading completes every submission with them.

The solution is their source. A module without a solution region is given as it stands, and lies in
solution/diffusion/ alone; starter/diffusion/ holds the others, without the answers.
"""

from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path

from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY, Repository, files_in
from checkkit.cells import contract_of

from .passages import asked, shown
from .selection import PACKAGE, selected
from .strip import LOOKS_LIKE_MARKER, StripError, Stub, strip


def stubs_by_file(course: Course) -> dict[str, dict[str, Stub]]:
    """File name -> top-level name -> the part and task that its stub names."""
    stubs: dict[str, dict[str, Stub]] = {}
    for assignment in course.assignments:
        for part in assignment.parts:
            title = part.title.partition(":")[0]
            for task in part.tasks:
                for name in task.stubs:
                    assert task.file is not None
                    stubs.setdefault(task.file, {})[name] = Stub(title, task.id)
    return stubs


def generated(root: Path, course: Course) -> dict[str, str]:
    """Path below starter/ -> text, for every module that the course has.

    Raises:
        SourceError: a module cannot be stripped, or a name of the course is taken.
    """
    return dict(_stripped(course.model_dump_json(), _solution(root)))


def solved(root: Path, course: Course) -> dict[str, str]:
    """The solution as a right submission of this course, with its markers.

    Raises:
        SourceError: a module is no Python, or a name of the course is taken.
    """
    return dict(_selected(course.model_dump_json(), _solution(root)))


def _solution(root: Path) -> tuple[tuple[str, str], ...]:
    return tuple(solution_modules(Repository(root)).items())


@lru_cache(16)  # lint, notebook and release ask for the same
def _selected(course: str, solution: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return selected(dict(solution), Course.model_validate_json(course), solved=True)


@lru_cache(16)
def _stripped(course_json: str, solution: tuple[tuple[str, str], ...]) -> dict[str, str]:
    course = Course.model_validate_json(course_json)
    stubs, files = stubs_by_file(course), dict(solution)
    for name, names in stubs.items():
        if f"{PACKAGE}/{name}" not in files:
            problem = f"missing, and holds {', '.join(names)}"
            raise StripError(f"{Repository.solution_package}/{name}", 1, problem)
    modules = {}
    for inside, text in selected(files, course, solved=False).items():
        module = inside.removeprefix(f"{PACKAGE}/")
        own = {
            course.names.get(f"{module.removesuffix('.py')}.{name}", name): stub
            for name, stub in stubs.get(module, {}).items()
        }
        try:
            modules[inside] = strip(text, inside, own)
        except StripError as error:
            raise StripError(
                f"{Repository.solution}/{error.file}", error.line, error.problem
            ) from None
    return modules


def given(repository: Repository, names: Collection[str] | None = None) -> dict[str, str]:
    """Path below solution/ -> text, for each module in which students have nothing to fill in.

    A module of which nothing is shown is left out.

    Args:
        repository: with the solution.
        names: what the course asks; None shows every passage.
    """
    return {
        name: text
        for name, source in solution_modules(repository).items()
        if not LOOKS_LIKE_MARKER.search(source)
        and ((text := shown(source, name, names)) or not source)
    }


def solution_modules(repository: Repository) -> dict[str, str]:
    """Path below solution/ -> source of every module."""
    package = repository.solution_package
    return {
        path.relative_to(package.parent).as_posix(): path.read_text(encoding="utf-8")
        for path in files_in(package, ".py")
    }


def started_from(course: Course, repository: Repository = REPOSITORY) -> dict[str, bytes]:
    """Path -> content of the starter's modules.

    The committed starter is that of grading.yaml as it stands; a profile's is made from the
    solution. Where autograder.zip is unpacked, which has no solution, the starter is the profile's.

    Raises:
        MissingPath: the solution or the starter is missing.
    """
    if course.profile is None or repository.is_unpacked_zip:
        return committed_starter(repository)
    return _generated(course.model_dump_json(), repository)


@cache
def committed_starter(repository: Repository = REPOSITORY) -> dict[str, bytes]:
    """Path -> content of the modules of starter/, and of those that are given.

    Where autograder.zip is unpacked, starter/ holds them all.
    """
    package = repository.starter_package
    stubs = {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in files_in(package, ".py")
    }
    modules = {}
    if not repository.is_unpacked_zip:
        modules = given(repository, asked(load_course(repository.grading)))
    return {name: text.encode() for name, text in modules.items()} | stubs


@cache
def asked_anywhere(repository: Repository = REPOSITORY) -> frozenset[str]:
    """The paths of the modules in which students of any course write.

    Where autograder.zip is unpacked, which has no solution, they are those of its course.
    """
    if repository.is_unpacked_zip:
        starter = committed_starter(repository)
        stubs = contract_in(starter)
        return frozenset(path for path in starter if stubs.get(Path(path).stem, {}).get("stubs"))
    return frozenset(solution_modules(repository)) - given(repository).keys()


@cache
def handed_out(repository: Repository = REPOSITORY) -> dict[str, bytes]:
    """The committed starter; what is given has the passages of every course."""
    modules = {} if repository.is_unpacked_zip else given(repository)
    whole = {name: text.encode() for name, text in modules.items()}
    return committed_starter(repository) | whole


def contract_in(starter: Mapping[str, bytes]) -> dict:
    """What students are to define in the modules of a starter, by path; see `checkkit.cells`."""
    modules = {
        Path(path).stem: content
        for path, content in starter.items()
        if path.count("/") == 1 and not path.endswith("__init__.py")
    }
    return _contract_of(tuple(sorted(modules.items())))


@lru_cache(16)
def _contract_of(modules: tuple[tuple[str, bytes], ...]) -> dict:
    return contract_of({name: content.decode() for name, content in modules})


@cache  # every submission's key asks
def _generated(course: str, repository: Repository) -> dict[str, bytes]:
    modules = _stripped(course, _solution(repository.root))
    return {name: text.encode() for name, text in modules.items()}
