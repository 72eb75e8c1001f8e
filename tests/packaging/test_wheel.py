"""What would be published: built, looked over as PyPI does, and installed where there is no checkout."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement

from storymaker.testing.photos import plushie_photo
from tests.docs.pages import ROOT, page
from tests.docs.test_examples import environment
from tests.server.real import until

WITH_US = ("LICENSE", "NOTICE")
NO_RANGE = {"storymaker"}
"""We are what we are."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths here are those of Linux and macOS")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, the wheel that is built from it, and in ``direct`` the wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    for options in (["--outdir", str(folder)], ["--wheel", "--outdir", str(folder / "direct")]):
        command = [sys.executable, "-m", "build", "--no-isolation", *options, str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def wheel(folder: Path) -> Path:
    """The one wheel in a folder."""
    (found,) = folder.glob("*.whl")
    return found


def about(folder: Path) -> Message:
    """The metadata of the wheel."""
    with zipfile.ZipFile(wheel(folder)) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(opened.read(name))


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment outside the checkout with the wheel in it; what it depends on is lent by the one of the tests."""
    folder = tmp_path_factory.mktemp("elsewhere")
    env = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    python = env / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel(dist))], check=True)
    (site,) = (env / "lib").glob("python*/site-packages")
    # A plain line: the .pth files over there, an editable Storymaker's too, are not read from here.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return folder


def settings_of(folder: Path) -> dict[str, str]:
    """A newcomer's shell, in which no checkout can be found."""
    kept = environment(folder)
    del kept["PYTHONPATH"]
    return kept


def test_wheel_and_sdist_pass_what_pypi_looks_at(dist: Path) -> None:
    """Metadata is whole, and the README renders."""
    files = [str(file) for file in dist.iterdir() if file.is_file()]
    assert len(files) == 2
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_wheel_has_all_that_we_have_and_nothing_else(dist: Path) -> None:
    """From sdist or checkout it holds the same: every file of the package, the page, the licences; no test, no cache."""
    names = []
    for folder in (dist, dist / "direct"):
        with zipfile.ZipFile(wheel(folder)) as opened:
            names.append({name for name in opened.namelist() if not name.endswith("/")})
    assert names[0] == names[1]
    ours = {file.relative_to(ROOT).as_posix() for file in (ROOT / "storymaker").rglob("*") if file.is_file()}
    ours = {name for name in ours if "__pycache__" not in name}
    inside = {name for name in names[0] if ".dist-info/" not in name}
    assert inside == ours | {"storymaker/server/story_studio.ipynb"}
    assert {"storymaker/py.typed", "storymaker/images/weights/u2netp.onnx"} <= inside
    licences = {Path(name).name for name in names[0] if ".dist-info/licenses/" in name}
    assert licences == set(WITH_US)


def test_the_sdist_has_what_its_tests_need(dist: Path) -> None:
    """Tests, pages, notebooks and what make reads: all that git keeps."""
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        inside = {name.partition("/")[2] for name in opened.getnames()}
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if kept.returncode:  # from an sdist, say
        pytest.skip("this is no checkout, so nobody can say what is kept")
    assert set(kept.stdout.splitlines()) - inside == set()


def test_every_extra_says_what_it_takes(dist: Path) -> None:
    """Each dependency has a lowest and a highest version, and each extra is one that is there."""
    metadata = about(dist)
    extras = set(metadata.get_all("Provides-Extra", []))
    assert extras == {"scripts", "lab", "docs", "dev"}
    for line in metadata.get_all("Requires-Dist", []):
        wanted = Requirement(line)
        if wanted.name in NO_RANGE:
            assert wanted.extras <= extras, line
            continue
        assert {sign.operator for sign in wanted.specifier} >= {">=", "<"}, line


def test_the_readmes_command_makes_a_book_elsewhere(installed: Path) -> None:
    """README.md, word for word; every program part comes from the wheel."""
    block = next(block for block in page("README.md").blocks if "test_wheel.py" in block.marker)
    for photo in re.findall(r"[\w-]+\.jpg", block.code):
        plushie_photo(installed / photo)
    done = subprocess.run(
        ["sh", "-euc", f"{block.code.strip()} --json"],
        cwd=installed, env=settings_of(installed), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["chapters"], told["failed"]) == (10, 0)
    assert Path(told["pdf"]).read_bytes().startswith(b"%PDF")
    code = "import storymaker; print(storymaker.__file__)"
    python = [str(installed / ".venv" / "bin" / "python"), "-c", code]
    where = subprocess.run(
        python, cwd=installed, env=settings_of(installed), capture_output=True, text=True, check=True
    )
    assert Path(where.stdout.strip()).is_relative_to(installed)


def test_the_studio_opens_elsewhere_and_stops(installed: Path) -> None:
    """It prints its link, the page answers, and it ends well when the system asks it to."""
    out = installed / "out.txt"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [installed / ".venv" / "bin" / "storymaker", "studio", "--port", "0", "--no-browser"],
            cwd=installed, env=settings_of(installed), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        link = until(lambda: re.search(r"Story Studio: (http\S+)", out.read_text("utf-8")) or process.poll(), 60)
        assert isinstance(link, re.Match), "it ended before it was up"
        assert requests.Session().get(link[1], timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(20)
