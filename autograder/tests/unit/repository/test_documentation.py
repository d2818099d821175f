"""README.md, CONTRIBUTING.md and docs/: links, paths, commands and lengths are right."""

import inspect
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from autograder.cli import app
from autograder.cli.demo_submissions import grading as demo
from autograder.config.paths import REPOSITORY, files_in
from autograder.grading.cluster.description import read_cluster
from autograder.tests.support.documentation import (
    DOCS,
    FENCE,
    GENERATED,
    PAGES,
    README,
    anchors,
    commands,
    prose,
    section_with,
    steps,
)
from checkkit import oracles
from checkkit.mistakes.forward_process import mixing_mistake

GUIDE, INDEX = REPOSITORY.guide, REPOSITORY.at("docs/index.md")
GLOSSARY, NEW_CHECK = REPOSITORY.at("docs/glossary.md"), REPOSITORY.at("docs/writing-a-check.md")
CLUSTER, GRADESCOPE = REPOSITORY.at("docs/cluster.md"), REPOSITORY.at("docs/gradescope.md")
EXAMPLES = {GUIDE: "## Add a task", NEW_CHECK: "## An example"}
NEW_FILES = {step.file for page, heading in EXAMPLES.items() for step in steps(page, heading)}
FOLDERS = "autograder|checkkit|docs|notebooks|profiles|solution|starter|tests"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
NEED_A_PATH = ("grade", "similar")  # prose names them without one
COMMANDS = [
    pytest.param(page, command, id=f"{name}: {command}")
    for name, page in PAGES.items()
    for command in dict.fromkeys(commands(page))
]
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


# ------------------------------------------------------------------------------------- content


def test_the_readme_is_short():
    assert len(README.read_text().splitlines()) <= 150


def test_the_readme_shows_the_lines_of_the_demo():
    """A slow test compares whole lines with the output of the command."""
    source = inspect.getsource(demo)
    lines = re.findall(r"^✓ (\w+): .*?(\w+ \w+)$", README.read_text(), re.MULTILINE)
    assert len(lines) == 4
    for name, ending in lines:
        assert f'"{name}"' in source and f'{ending}"' in source


def test_the_index_lists_every_page():
    listed = re.findall(r"^\| \[[^]]+\]\(([\w-]+\.md)\)", INDEX.read_text(), re.MULTILINE)
    assert sorted([*listed, INDEX.name]) == [page.name for page in DOCS]


def test_the_glossary_explains_each_word_once_in_one_sentence():
    entries = re.findall(r"^\*\*(.+?)\*\*: (.+?)\n(?:\n|\Z)", GLOSSARY.read_text(), re.M | re.S)
    words = [word for word, _ in entries]
    assert len(words) == GLOSSARY.read_text().count("**: ")
    assert words == sorted(set(words), key=str.casefold)
    assert [
        word for word, text in entries if not re.fullmatch(r"[^.]+(\.yaml)?[^.]*\.", text)
    ] == []


@pytest.mark.parametrize("page", [README, *DOCS], ids=lambda page: page.name)
def test_measurements_are_written_by_commands(page):
    """Dates, shares and counts of runs become wrong in silence where a person writes them."""
    if page != REPOSITORY.handouts_page:  # a command writes the whole page
        written = GENERATED.sub("", prose(page))
        assert re.findall(r"\b20\d\d-\d\d-\d\d\b|\d %|\d%|\b\d+ of \d+\b", written) == []


@pytest.mark.parametrize(("page", "heading"), EXAMPLES.items(), ids=lambda value: str(value)[-8:])
def test_a_test_can_follow_every_block_of_an_example(page, heading):
    example = page.read_text().partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    outputs = example.count("```text")
    assert len(steps(page, heading)) == example.count("```") // 2 - outputs >= 7


def test_the_feedback_quoted_in_validation_is_what_a_student_reads():
    tables, t = oracles.schedule(0.004, 0.25, 30), np.arange(1, 31)
    mistake = mixing_mistake(tables, t, np.sqrt(tables.alphas[t]), np.sqrt(1 - tables.alphas[t]))
    text = " ".join(REPOSITORY.at("docs/validation.md").read_text().split())
    assert mistake is not None and f"*{mistake.words}*" in text


def yaml_of(page: Path) -> list[str]:
    return [text for language, text in FENCE.findall(page.read_text()) if language == "yaml"]


def test_the_files_of_the_cluster_page_can_be_read(tmp_path):
    assert len(yaml_of(CLUSTER)) == 2
    for block in yaml_of(CLUSTER):
        (tmp_path / "cluster.yaml").write_text(block)
        read_cluster(tmp_path / "cluster.yaml")


def test_the_settings_of_the_gradescope_page_are_those_of_grading_yaml():
    (block,) = [
        text for language, text in FENCE.findall(GRADESCOPE.read_text()) if language == "yaml"
    ]
    assert block in REPOSITORY.grading.read_text()


# --------------------------------------------------------------------------- links and paths


@each_page
def test_every_link_leads_to_a_file_and_a_heading(page):
    links = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", prose(page))
    for link in (first or second for first, second in links):
        file, _, heading = link.partition("#")
        if not link.startswith("https://"):
            target = (page.parent / file).resolve() if file else page
            assert target.exists(), link
            assert not heading or heading in anchors(target), link


@each_page
def test_every_path_exists(page):
    for name in set(PATH.findall(prose(page))) - NEW_FILES:
        assert "TOPIC" in name or REPOSITORY.at(name).exists(), name


# ---------------------------------------------------------------------------------- commands


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_command_can_be_run(page, command):
    """The command, its options and its files exist, or the section says what it needs."""
    program, *words = shlex.split(command)
    if program in (".", "cp", "rm") or re.match(r"[A-Z]+=", command):  # of the shell
        return
    if program == "autograder":
        parse(words)
    elif program == "make":
        assert words[0] in re.findall(
            r"^([a-z][\w-]*):", REPOSITORY.at("Makefile").read_text(), re.M
        )
    elif program == "python" and words[0] == "-m":
        module_takes(words[1], words[2:])
    elif program == "pytest":
        for file in (word.partition("::")[0] for word in words if "/" in word):
            assert file in NEW_FILES or REPOSITORY.at(file).exists(), file
    elif not (Path(sys.executable).parent / program).exists():
        assert re.search(rf"[Nn]eeds [^.]*`{program}`", section_with(page, command)), program


def parse(words: list[str]) -> None:
    """Parse a command of the autograder without running it."""
    known: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
    if words[0] != "COMMAND":
        missing = [] if len(words) > 2 or words[0] not in NEED_A_PATH else ["."]
        known[words[0]].make_context(words[0], [*words[1:], *missing])


def module_takes(module: str, words: list[str]) -> None:
    """Check that a module exists and that the source of its package names each option."""
    path = module.replace(".", "/")
    places = [REPOSITORY.at(path), REPOSITORY.solution / path]
    files = [place.with_suffix(".py") for place in places]
    files += [place / "__main__.py" for place in places]
    (file,) = [file for file in files if file.exists()]
    text = "".join(source.read_text() for source in files_in(file.parent, ".py")).replace("_", "-")
    for option in (word for word in words if word.startswith("--") and word != "--help"):
        assert option in text or option.removeprefix("--") in text, option
