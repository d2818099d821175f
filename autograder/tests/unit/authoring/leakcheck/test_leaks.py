"""Leaks: every way in which the solution could reach students is planted, and found."""

import shutil

import pytest

from autograder.authoring.leakcheck.leaks import leak_findings
from autograder.authoring.leakcheck.secrets import LONG, solution_secrets
from autograder.config import load_course
from autograder.config.paths import REPOSITORY, files_in
from autograder.course.starter import generated

ROOT = REPOSITORY.root
NOISED = "alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps"


@pytest.fixture(scope="module")
def given():
    return generated(ROOT, load_course())


@pytest.fixture
def repository(tmp_path, given):
    """The solution, the starter that it generates, and a folder of checks."""
    shutil.copytree(REPOSITORY.solution, tmp_path / "solution")
    for file, text in given.items():
        path = tmp_path / "starter" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for folder in ("checkkit", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    return tmp_path


def leaks(repository, given, file, text):
    path = repository / file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(before + text)
    found = list(leak_findings(repository, given))
    assert all(finding.file == file for finding in found)
    return [(finding.line - before.count("\n"), finding.problem) for finding in found]


def test_what_students_receive_from_this_repository_leaks_nothing(given):
    assert list(leak_findings(ROOT, given)) == []


def test_the_solution_holds_secrets_of_every_stub(given):
    texts = {path.name: path.read_text() for path in files_in(REPOSITORY.solution, ".py")}
    secrets = list(solution_secrets(texts))
    modules = (
        "better_unet",
        "blocks",
        "cfg",
        "ddim",
        "ddpm",
        "denoiser",
        "edm",
        "flow",
        "illusions",
        "image_to_image",
        "inpainting",
        "iterative",
        "metrics",
        "noising",
        "single_step",
        "training",
        "unet",
    )
    assert {s.source.partition(":")[0] for s in secrets} == {f"{name}.py" for name in modules}
    assert all(len(s.lines) == 2 or s.length >= LONG for s in secrets)


@pytest.mark.parametrize("file", ["starter/README.md", "tests/test_x.py", "starter/a/b/notes.txt"])
def test_a_long_line_is_found_in_any_file_that_students_receive(repository, given, file):
    line, problem = leaks(repository, given, file, f"words\n\n    return {NOISED}\n")[0]
    assert line == 3
    assert "gives away solution/diffusion/ddpm.py:" in problem


@pytest.mark.parametrize(
    "text",
    [
        "return  alpha_bar.sqrt()*x_0+(1-alpha_bar).sqrt()*eps",  # other spaces
        f"return {NOISED}  # as in equation 5",
        f"# return {NOISED}",
        f"> return {NOISED}",
        f"Write `return {NOISED}` and be done.",
        "return alpha_bar.sqrt() * x_0 + (\n    1 - alpha_bar\n).sqrt() * eps",  # wrapped
    ],
)
def test_a_long_line_is_found_in_every_disguise(repository, given, text):
    assert leaks(repository, given, "starter/README.md", f"First\n{text}\n")[0][0] == 2


def test_two_short_lines_in_a_row_are_found(repository, given):
    text = "losses.append(loss.item())\n\n    # then\n    scheduler.step()  # once an epoch\n"
    found = leaks(repository, given, "tests/test_x.py", text)
    assert [line for line, _ in found] == [1]
    assert "solution/diffusion/training.py" in found[0][1]


def test_two_short_lines_in_a_row_are_found_in_a_comment(repository, given):
    text = "#   losses.append(loss.item())\n#   scheduler.step()\n"
    assert [line for line, _ in leaks(repository, given, "tests/test_x.py", text)] == [1]


def test_a_filled_stub_in_the_starter_is_found(repository, given):
    shutil.copy(repository / "solution/diffusion/ddpm.py", repository / "starter/diffusion/ddpm.py")
    found = list(leak_findings(repository, given))
    assert {finding.file for finding in found} == {"starter/diffusion/ddpm.py"}
    assert len(found) > 10


def test_one_short_line_is_no_leak(repository, given):
    for text in ("return x\n", "scheduler.step()\n", "else:\n", "caches = []\nx = 1\n"):
        assert leaks(repository, given, "tests/test_x.py", text) == []


def test_lines_of_given_code_are_no_leak(repository, given):
    text = """\
    optimizer = torch.optim.Adam(unet.parameters(), lr=lr)
    losses = []
    for x, _ in loader:
        ...
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t % 20 == 0 or t == num_ts or t < 8:
        caches.append(x)
"""
    assert leaks(repository, given, "tests/test_x.py", text) == []


def test_pictures_are_passed_over(repository, given):
    (repository / "tests" / "picture.png").write_bytes(b"\xff\xfe" + NOISED.encode())
    assert list(leak_findings(repository, given)) == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("starter/diffusion/net.safetensors", b"\x08" + bytes(15)),
        ("tests/data/weights.txt", b"PK\x03\x04 of torch.save"),
        ("tests/data/table.npy", b"anything"),
    ],
)
def test_weights_in_what_students_receive_are_found(repository, given, file, content):
    for name in ("tests/data/classifier.safetensors", "tests/data/mnist_subset.npz", file):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_bytes(content)
    assert [finding.file for finding in leak_findings(repository, given)] == [file]
