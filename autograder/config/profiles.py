"""Profiles: which tasks of `grading.yaml` one course uses, in the same format.

A profile lists assignments, parts and tasks. Of a task or an assignment whose id is in
`grading.yaml`, it states only what differs. Tasks that people grade may be new, and are then
complete.
"""

from pathlib import Path, PurePath
from typing import Any

from .models import Course
from .paths import Repository
from .reading import BadYaml, Problem, did_you_mean, line_of, plain

FOLDER = Path(Repository.profiles.name)  # below the folder of grading.yaml
OF_GRADING_YAML = ("profile", "optional")
INHERITED = ("title", "due", "late", "team_size")  # of an assignment


def profile_names(grading_yaml: Path) -> list[str]:
    """The names of all profiles."""
    return sorted(path.stem for path in (grading_yaml.parent / FOLDER).glob("*.yaml"))


def profile_path(grading_yaml: Path, name: str) -> Path:
    """The file of a profile.

    Raises:
        BadYaml: there is none of this name.
    """
    names = profile_names(grading_yaml)
    if name not in names:
        file = grading_yaml.parent / FOLDER / f"{PurePath(name).name}.yaml"
        advice = f"there is no {name!r}; {did_you_mean(name, names)}"
        raise BadYaml([Problem(file, 1, "profile", advice)])
    return grading_yaml.parent / FOLDER / f"{name}.yaml"


def applied(path: Path, data: Any, course: Course, name: str) -> Any:
    """A profile (`data`, as parsed), completed by `grading.yaml`: values for `Course`.

    Raises:
        BadYaml: it names an unknown task, or has a key that only `grading.yaml` may have.
    """
    values = plain(data)
    if not isinstance(values, dict):
        return values  # the model refuses it
    problems = [
        Problem(path, line_of(data, (key,)), key, "this stands in grading.yaml alone; remove it")
        for key in OF_GRADING_YAML
        if key in values
    ]
    known = {task.id: task for task in (*course.optional, *course.tasks)}
    ours = {assignment.id: assignment for assignment in course.assignments}
    chosen = set()
    for a, assignment in _dicts(values.get("assignments")):
        if inherited := ours.get(str(assignment.get("id"))):
            said = inherited.model_dump(include=set(INHERITED), exclude_unset=True)
            assignment.update({**said, **assignment})
        for p, part in _dicts(assignment.get("parts")):
            for t, task in _dicts(part.get("tasks")):
                task_id = str(task.get("id"))
                chosen.add(task_id)
                if inherited := known.get(task_id):
                    task.update({**inherited.model_dump(exclude_unset=True), **task})
                elif task.get("kind", "auto") == "auto":
                    place = ("assignments", a, "parts", p, "tasks", t, "id")
                    hint = did_you_mean(task_id, course.known_tasks)
                    advice = f"no check grades such a task; {hint} If people grade it: kind: manual"
                    problems.append(Problem(path, line_of(data, place), task_id, advice))
    if problems:
        raise BadYaml(problems)
    left = [task for task in course.known_tasks.values() if task.id not in chosen]
    rest = {
        "title": course.title,
        **({"late": course.late.model_dump(exclude_unset=True)} if course.late else {}),
        "gradescope": course.gradescope.model_dump(exclude_unset=True),
        "submission_minutes": course.submission_minutes,
        "canvas_ids": course.canvas_ids,
        "assistants": course.assistants,
        **({"timezone": course.timezone} if course.timezone else {}),
        **({} if course.max_bonus is None else {"max_bonus": course.max_bonus}),
    }
    return {
        **rest,
        **values,
        "profile": name,
        "optional": [task.model_dump(exclude_unset=True) for task in left],
    }


def _dicts(entries: Any) -> list[tuple[int, dict]]:
    """The entries that are mappings, with their place; the model refuses the others."""
    found = enumerate(entries if isinstance(entries, list) else ())
    return [(place, entry) for place, entry in found if isinstance(entry, dict)]
