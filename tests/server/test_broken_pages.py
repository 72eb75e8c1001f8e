"""What a visitor sees when their page cannot be made: a sentence, never a traceback; and nothing is left of it."""

from __future__ import annotations

from pathlib import Path

from tests.server.real import studio, until

SECRET = "a-detail-for-the-log"


def test_a_page_whose_code_fails_says_so(tmp_path: Path) -> None:
    """In words; what it was is in the log."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "ipywidgets.py").write_text(f"raise RuntimeError('{SECRET}')\n")
    with studio(tmp_path, PYTHONPATH=str(modules)) as started:
        page = started.visit(started.local()).html
        assert "Something broke while this page was made. Please reload it" in page
        assert page.rstrip().endswith("</html>")
        for word in ("Traceback", "RuntimeError", SECRET, "ipywidgets.py"):
            assert word not in page
        until(lambda: SECRET in started.log)
        assert started.health()["status"] == "ok"


def test_a_page_whose_kernel_dies_says_so_and_takes_no_place(tmp_path: Path) -> None:
    """As often as it is tried; the studio itself goes on."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "ipykernel_launcher.py").write_text("raise SystemExit(3)\n")
    with studio(tmp_path, PYTHONPATH=str(modules), STORYMAKER_PAGES_AT_ONCE="1") as started:
        for _ in range(2):
            answer = started.get("/", started.local())
            assert "Something broke while this page was made" in answer.text or answer.status_code == 503
            assert "Traceback" not in answer.text
            until(lambda: not started.kernels())
            until(lambda: "Too many pages" not in started.get("/", started.local()).text)
        assert started.health()["status"] == "ok"
