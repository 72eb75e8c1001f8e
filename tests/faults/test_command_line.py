"""The command line with wrong input and at bad moments: a sentence, the right exit status, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from storymaker.books.shelf import Shelf
from storymaker.testing.photos import plushie_photo

ENV = {"NO_COLOR": "1", "COLUMNS": "200"}


class Terminal:
    """Runs ``storymaker`` with a home and a shelf of its own.

    Args:
        folder: Where both are.
    """

    def __init__(self, folder: Path) -> None:
        self.books = folder / "books"
        self.environment = os.environ | ENV | {
            "STORYMAKER_HOME": str(folder / "home"),
            "STORYMAKER_BOOKS": str(self.books),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "storymaker", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in an empty house."""
    return Terminal(tmp_path)


def files(folder: Path) -> set[str]:
    """Every file that is not a lock."""
    return {str(path) for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminal, dict[str, object]]:
    """A whole book with our own plushie, made by the command line."""
    terminal = Terminal(tmp_path_factory.mktemp("finished"))
    done = terminal.run("make", "--name", "Pip", "--arc", "yawn", "--seed", "7", "--json")
    assert done.returncode == 0, done.stderr
    return terminal, json.loads(done.stdout.splitlines()[-1])


def test_make_prints_one_json_object(finished: tuple[Terminal, dict[str, object]]) -> None:
    """With everything a program wants to know, and the book is what it says."""
    terminal, result = finished
    assert set(result) == {"book", "path", "pdf", "chapters", "done", "total", "failed", "cost_usd", "seconds"}
    assert (result["chapters"], result["done"], result["total"], result["failed"], result["cost_usd"]) == (
        10,
        11,
        11,
        0,
        0.0,
    )
    assert Path(str(result["pdf"])).read_bytes().startswith(b"%PDF")
    assert Shelf(terminal.books).open(str(result["book"])).complete


def test_a_finished_book_can_be_looked_at(finished: tuple[Terminal, dict[str, object]]) -> None:
    """List, show and export name it; illustrating it again draws nothing."""
    terminal, result = finished
    ref = str(result["book"])
    assert ref in terminal.run("list").stdout
    assert json.loads(terminal.run("list", "--json").stdout)["books"][0]["book"] == ref
    assert "10  done" in terminal.run("show", ref).stdout
    assert json.loads(terminal.run("show", ref, "--json").stdout)["id"] == ref
    assert terminal.run("export", ref).stdout.strip() == result["pdf"]
    cover = Path(terminal.run("export", ref, "--format", "cover").stdout.strip())
    assert cover.name.endswith("-cover.pdf") and cover.read_bytes().startswith(b"%PDF")
    assert "epub" in terminal.run("export", ref, "--format", "epub").stderr
    images = files(Path(str(result["path"])) / "images")
    assert terminal.run("illustrate", ref).returncode == 0
    assert files(Path(str(result["path"])) / "images") == images


def test_the_kits_are_shown_on_a_sheet(finished: tuple[Terminal, dict[str, object]], tmp_path: Path) -> None:
    """One place in its papers and lights, as wide as asked; a place that is not there is said with those that are."""
    terminal, _ = finished
    sheet = tmp_path / "sheet.png"
    shown = terminal.run("kits", "--sheet", str(sheet), "--kit", "forest day", "--cell", "64")
    assert (shown.returncode, shown.stdout.strip()) == (0, str(sheet))
    assert "forest day" in shown.stderr
    assert int.from_bytes(sheet.read_bytes()[16:20], "big") == 6 * 64
    told = terminal.run("kits", "--things").stdout
    assert "envelope" in told and "hedgehog" in told
    refused = terminal.run("kits", "--sheet", str(sheet), "--kit", "moonbase")
    assert refused.returncode == 2 and "underwater" in refused.stderr


def test_a_script_goes_out_and_comes_in(finished: tuple[Terminal, dict[str, object]], tmp_path: Path) -> None:
    """And an import says how many pictures show what stood there before."""
    terminal, result = finished
    ref, file = str(result["book"]), tmp_path / "words.csv"
    assert terminal.run("script", "export", ref, str(file)).returncode == 0
    text = file.read_text("utf-8-sig")
    file.write_text(text.replace("Not Tired", "Wide Awake"), "utf-8")
    assert terminal.run("script", "import", ref, str(file)).returncode == 0
    assert Shelf(terminal.books).open(ref).chapters[0].title == "Wide Awake"
    before = Shelf(terminal.books).open(ref)
    for bad in (
        "\n".join(text.splitlines()[:3]),
        text.replace("scene", "place", 1),
        text.replace("Wide Awake", "Not Tired").replace("Not Tired", "=1+1", 1),
        text + "\0",
    ):
        file.write_text(bad, "utf-8")
        refused = terminal.run("script", "import", ref, str(file))
        assert refused.returncode == 2 and refused.stderr.strip().endswith((".", "”.")), refused.stderr
    file.write_bytes(text.replace("“", "é").encode("latin-1", "replace"))
    assert "UTF-8" in terminal.run("script", "import", ref, str(file)).stderr
    assert Shelf(terminal.books).open(ref) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--name", "B", "--photo", "nowhere.jpg"], "nowhere.jpg"),
        (["--name", "B", "--photo", __file__], "test_command_line.py"),
        (["--name", " "], "needs a hero with a name"),
        (["--name", "B" * 200], "80 fit"),
        (["--name", "B", "--title", "🧸" * 300], "80 fit"),
        (["--name", "B", "--age", "40"], "age band"),
        (["--name", "B", "--arc", "nonsense"], "nonsense"),
        (["--name", "B", "--chapters", "3"], "ten chapters"),
        (["--name", "B", "--chapters", "0"], "chapters"),
        (["--name", "B", "--author", "nobody"], "nobody"),
        (["--name", "B", "--illustrator", "nobody"], "nobody"),
        (["--name", "B", "--format", "docx"], "docx"),
        (["--name", "B", "--seed", "-1"], "seed"),
    ],
)
def test_what_cannot_be_made_is_said_at_once(terminal: Terminal, arguments: Sequence[str], says: str) -> None:
    """Exit status 2, a sentence with what is wrong, and no book on the shelf."""
    refused = terminal.run("make", *arguments)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert Shelf(terminal.books).list().books == ()
    assert not [name for name in files(terminal.books) if "photo-" in name] if terminal.books.exists() else True


@pytest.mark.parametrize("command", [["show"], ["draft"], ["illustrate"], ["export"], ["delete"], ["script", "export"]])
def test_unknown_books_are_not_found(terminal: Terminal, command: list[str]) -> None:
    """By every command alike."""
    arguments = [*command, "../../etc", *(["x.csv"] if command[0] == "script" else [])]
    refused = terminal.run(*arguments)
    assert refused.returncode == 2
    assert "no such book" in refused.stderr


def test_a_shelf_that_is_a_file_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """With what to choose instead."""
    file = tmp_path / "file"
    file.write_text("mine")
    refused = terminal.run("make", "--name", "B", "--books", str(file))
    assert refused.returncode == 2 and "--books" in refused.stderr
    assert file.read_text() == "mine"


def test_a_home_that_cannot_be_made_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """With the setting to change."""
    (tmp_path / "file").write_text("mine")
    terminal.environment["STORYMAKER_HOME"] = str(tmp_path / "file" / "home")
    refused = terminal.run("make", "--name", "B")
    assert refused.returncode == 2 and "STORYMAKER_HOME" in refused.stderr


def test_a_damaged_book_hides_no_other(finished: tuple[Terminal, dict[str, object]]) -> None:
    """It is reported beside the good ones."""
    terminal, result = finished
    (terminal.books / "broken").mkdir()
    listed = terminal.run("list")
    (terminal.books / "broken").rmdir()
    assert str(result["book"]) in listed.stdout and "broken" in listed.stderr


def test_deleting_can_be_taken_back_until_it_is_purged(terminal: Terminal) -> None:
    """Trash, back, trash, gone."""
    from storymaker.books.model import Brief

    shelf = Shelf(terminal.books)
    book = shelf.create(Brief(title="Old"), ())
    assert "trash" in terminal.run("delete", book.id).stdout
    assert "back on the shelf" in terminal.run("delete", book.id, "--restore").stdout
    assert terminal.run("delete", book.id).returncode == 0
    assert "for good" in terminal.run("delete", book.id, "--purge").stdout
    assert [path for path in terminal.books.rglob("*") if book.id in path.name] == []
    assert terminal.run("delete", book.id, "--purge").returncode == 2


def test_doctor_finds_this_machine_well(terminal: Terminal) -> None:
    """Every line has its finding."""
    examined = terminal.run("doctor", "--json")
    findings = json.loads(examined.stdout)
    assert examined.returncode == 0
    assert {finding["what"] for finding in findings} >= {
        "Python",
        "model weights",
        "fonts",
        "shelf",
        "jobs database",
        "disk",
    }
    (jobs,) = (finding["says"] for finding in findings if finding["what"] == "jobs database")
    assert f"SQLite {sqlite3.sqlite_version}" in jobs and "a job was rehearsed" in jobs
    assert "✓ model weights" in terminal.run("doctor").stdout
    assert terminal.run("--version").stdout.strip()


def wait_for(condition: object, process: subprocess.Popen[str]) -> None:
    """Wait for something the command does."""
    deadline = time.monotonic() + 120
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pictures(terminal: Terminal) -> dict[str, int]:
    """Picture files of the only book, with the time they were written."""
    return {path.name: path.stat().st_mtime_ns for path in terminal.books.glob("*/images/*.png")}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for other processes")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_a_stopped_book_is_completed_by_illustrate(terminal: Terminal, how: str) -> None:
    """Ctrl-C or kill -9 in mid-book: finished pictures stay as they are, only the rest is drawn, no child lives on."""
    making = terminal.start("make", "--name", "Pip", "--arc", "yawn", "--seed", "5")
    wait_for(lambda: len(pictures(terminal)) >= 1, making)
    children = psutil.Process(making.pid).children(recursive=True)
    making.send_signal(getattr(signal, how))
    _, err = making.communicate(timeout=60)
    kept = pictures(terminal)
    (card,) = Shelf(terminal.books).list().books
    if how == "SIGINT":
        assert making.returncode == 130
        assert f"storymaker illustrate {card.id}" in err
    assert len(kept) < 11
    psutil.wait_procs(children, timeout=20)
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    completed = terminal.run("illustrate", card.id, "--json")
    assert completed.returncode == 0, completed.stderr
    book = Shelf(terminal.books).open(card.id)
    assert book.complete
    now = pictures(terminal)
    assert {name: now[name] for name in kept} == kept
    attempts = [entry for entry in Shelf(terminal.books).history(card.id) if entry.what == "picture"]
    assert len(attempts) == 11


def test_photos_leave_no_trace_of_place_or_maker(terminal: Terminal, tmp_path: Path) -> None:
    """A photo with GPS and maker tags: not a byte of them is under the shelf or the home."""
    photo = plushie_photo(tmp_path / "bear.jpg", seed=1)
    assert b"GPS-CANARY" in photo.read_bytes() or b"Exif" in photo.read_bytes()
    done = terminal.run("make", "--name", "Bramble", "--kind", "bear", "--photo", str(photo), "--json", "--seed", "1")
    assert done.returncode == 0, done.stderr
    check_no_metadata(terminal.books)


def test_real_photos_leave_no_trace(terminal: Terminal, photos: Path) -> None:
    """The same with real phones' photos, in two poses, whole book and PDF."""
    chosen = [photos / "bear_plushie" / name for name in ("03.jpg", "01.jpg")]
    arguments = [part for photo in chosen for part in ("--photo", str(photo))]
    done = terminal.run("make", "--name", "Bramble", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["done"], result["failed"]) == (11, 0)
    check_no_metadata(terminal.books)


def check_no_metadata(folder: Path) -> None:
    """Grep the bytes and read the tags of every picture."""
    from PIL import Image

    seen = 0
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        assert not [
            mark
            for mark in (b"Exif\0", b"GPSL", b"iPhone", b"Apple iP", b"ns.adobe.com/exif", b"CANARY")
            if mark in data
        ], path
        if path.suffix in (".png", ".jpg"):
            seen += 1
            with Image.open(path) as image:
                assert dict(image.getexif()) == {}
                assert not {"exif", "XML:com.adobe.xmp", "icc_profile", "comment"} & set(image.info), path
    assert seen >= 11
