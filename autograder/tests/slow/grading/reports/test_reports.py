"""Pages on a phone."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.grading.gradebook.grades import grades_of
from autograder.grading.reports.recorder import Recorder
from autograder.grading.reports.student import student_page
from checkkit.runner.outcomes import Outcome

# ------------------------------------------------------------------------------------- Chromium


MEASURE = """<script>
document.title = "";
const wide = [...document.querySelectorAll("main *")].filter(
  (e) => !e.closest(".wide") && e.getBoundingClientRect().right > innerWidth + 1);
document.body.dataset.measured =
  `${innerWidth} ${document.documentElement.scrollWidth} ${wide.length}`;
</script>"""


@pytest.mark.usefixtures("browser")
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
@pytest.mark.parametrize("page", ["report", "index"])
def test_pages_do_not_scroll_sideways_on_a_phone(made, tmp_path, page):
    graded = made(
        {"schedule": Outcome.FAILED, "unet": Outcome.CRASHED},
        message="x" * 500 + " " + "diffusion/" * 60,
        name="a_name_without_a_single_space_" * 2,
        outputs=("y" * 500,),
    )
    with Recorder(tmp_path) as recorder:
        recorder.begin(graded)
        recorder.finish(graded)
    if page == "report":
        text = student_page(grades_of(graded), published=True)
    else:
        text = (tmp_path / "index.html").read_text().replace("<details", "<details open")
    # the page forbids foreign scripts; only this copy lets one in, to measure it
    text = re.sub(r"<meta http-equiv=[^>]*>", "", text).replace("</body>", MEASURE + "</body>")
    inner, scroll, wide = _measured(tmp_path, text)
    assert inner == 390
    assert scroll <= inner, f"{scroll} px wide"
    assert wide == 0


def _measured(folder: Path, text: str) -> list[int]:
    """Open the page in a frame of a phone's width (windows cannot be that narrow)."""
    (folder / "page.html").write_text(text)
    frame = '<iframe src="page.html" style="width:390px;height:800px;border:0"></iframe>'
    script = """<script>onload = () => {
      document.body.dataset.seen = frames[0].document.body.dataset.measured; }</script>"""
    (folder / "frame.html").write_text(frame + script)
    seen = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--allow-file-access-from-files", f"file://{folder / 'frame.html'}"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r'data-seen="(\d+) (\d+) (\d+)"', seen.stdout)
    assert found, seen.stdout[-500:] + seen.stderr[-500:]
    return list(map(int, found.groups()))
