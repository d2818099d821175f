"""Downloads of Canvas and Moodle: names of files and folders say whose they are.

Canvas   doejane_12345_678910_hw.zip, or with LATE:    name_LATE_user_file_original.zip
         anon_x1Y2z_678910_hw.zip where the course grades without names
Moodle   Jane Doe_12345_assignsubmission_file_/hw.zip, or the same without folders
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from checkkit.text import one_line

from .source import Location, Student, SubmissionSource
from .trees import Tree, ending, litter, real_folders

CANVAS = re.compile(
    r"(?:(?P<who>.+?)(?:_LATE)?_(?P<user>\d+)|(?P<anon>anon_\w{5})(?:_LATE)?)_(?P<id>\d+)_(?P<file>.+)",
    re.DOTALL,
)
MOODLE = re.compile(
    r"(?P<who>.+)_(?P<user>\d+)_assignsubmission_(?P<sort>file|onlinetext)_?(?P<file>.*)", re.DOTALL
)
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # Canvas numbers what is handed in again: ddpm-1.py


def canvas(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of a download from Canvas; none where this is none."""
    work = ending(tree.files, ".zip", ".py", ".ipynb")
    matches = [CANVAS.fullmatch(name) for name in work]
    if not work or real_folders(tree) or not all(matches):
        return []
    if len({match["id"] for match in matches if match}) < len(matches):
        return []  # Canvas numbers every file anew: hw_1_2026_anna.zip, hw_1_2026_bert.zip are not
    groups = defaultdict(list)
    for name in tree.files:
        if match := CANVAS.fullmatch(name):
            whose = (match["who"] or match["anon"], match["user"] or match["anon"])
            groups[whose].append((match["file"], name))
    return [
        _from_files(location, f"{who}_{user}" if who != user else who, _student(user, who), files)
        for (who, user), files in groups.items()
    ]


def moodle(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of a download from Moodle; none where this is none."""
    names = [name for name in tree.folders + tree.files if not litter(name)]
    matches = {name: match for name in names if (match := MOODLE.fullmatch(name))}
    if not matches or len(matches) < len(names) / 2:
        return []
    folders, files = {}, defaultdict(list)
    inside = set(tree.folders)
    for name, match in matches.items():
        whose = (match["who"], match["user"])
        if name in inside:  # what was typed into the form counts only where no file was handed in
            folders[whose] = name if match["sort"] == "file" else folders.get(whose, name)
        else:
            files[whose].append((match["file"], name))
    return [
        SubmissionSource(
            location.below(name), location.whole / f"{who}_{user}", (_student(user, who),)
        )
        for (who, user), name in folders.items()
    ] + [
        _from_files(location, f"{who}_{user}", _student(user, who), own)
        for (who, user), own in files.items()
        if (who, user) not in folders
    ]


def _from_files(
    location: Location, name: str, student: Student, files: Iterable[tuple[str, str]]
) -> SubmissionSource:
    """Files that lie among those of others, under the names that their owner gave them."""
    picked: dict[str, str] = {}
    for own, entry in files:
        plain = AGAIN.sub("", own)
        picked[own if plain in picked else plain] = entry
    place = Location(location.path, location.inside, picked)
    return SubmissionSource(place, location.whole / name, (student,))


def _student(user: str, name: str) -> Student:
    return Student(one_line(user, 100), one_line(name, 100))
