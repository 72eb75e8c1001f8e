"""The page on providers is true: its package makes a book, and its prices, settings and sentences are the program's."""

from __future__ import annotations

import ast
import asyncio
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import storymaker
from storymaker.errors import InvalidInputError, ProviderError
from storymaker.images.illustrator import Illustrator, PictureRequest, Player
from storymaker.remote.prices import cost_usd, dated, expected_picture, expected_story
from storymaker.settings import Settings
from storymaker.story.author import Author
from storymaker.testing.photos import plushie
from storymaker.workshop import Workshop

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "providers.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PROGRAM = Path(storymaker.__file__).parent


@pytest.fixture
def shop(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A workshop on a machine where the guide's package is installed beside ours."""
    site = tmp_path / "site"
    install(site)
    monkeypatch.syspath_prepend(str(site))
    with Workshop(settings=settings) as shop:
        yield shop
    for module in ("postcards", "felt"):
        sys.modules.pop(module, None)


def block(heading: str, language: str) -> str:
    """The code that stands under a heading."""
    section = re.split(r"\n##+ ", GUIDE.partition(f"`{heading}`\n")[2])[0]
    (found,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(found)


def install(site: Path) -> None:
    """Lay the guide's files down as an installer would."""
    project = tomllib.loads(block("pyproject.toml", "toml"))["project"]
    about = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    named = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (about / "METADATA").write_text(named, "utf-8")
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {where}\n" for name, where in entries.items())
        for group, entries in project["entry-points"].items()
    )
    (about / "entry_points.txt").write_text(points, "utf-8")
    for file in ("postcards.py", "felt.py"):
        (site / file).write_text(block(file, "python"), "utf-8")


def test_the_guides_package_makes_a_whole_book(shop: Workshop, tmp_path: Path) -> None:
    """Found by its entry points, it writes and draws every page; a rewrite, a redraw and a refusal do what the guide says."""
    photo = tmp_path / "bear.png"
    plushie().save(photo)
    book = shop.make("Bramble", [photo], kind="bear", author="postcards", illustrator="felt", chapters=3, child="Mia")
    assert book.complete, [job.reason for job in shop.jobs(book.id)]
    assert [chapter.title for chapter in book.chapters] == ["From the beach", "From the meadow", "From the harbour"]
    assert book.dedication == "For Mia."
    assert {page.picture and page.picture.illustrator for page in book.pages} == {"felt"}

    page = book.chapters[0]
    shop.rewrite(book.id, page.id)
    shop.wait(book.id)
    shop.illustrate(book.id, [page.id], "at night")
    shop.wait(book.id)
    again = shop.shelf.open(book.id).chapters[0]
    assert again.text != page.text
    assert again.picture
    assert page.picture
    assert again.picture.file != page.picture.file
    assert again.picture.notes == ("Felt follows no wishes.",)
    with pytest.raises(InvalidInputError, match="Postcards follow no wish"):
        shop.make("Bramble", [photo], author="postcards", illustrator="felt", wish="with a dragon")


def test_a_hero_without_a_cut_out_is_refused_in_the_guides_sentence(shop: Workshop, tmp_path: Path) -> None:
    """As a provider's error, which a page shows as it stands."""
    request = PictureRequest(1, "", "", "", (Player("Pip", "a rabbit"),), None, 1, tmp_path)
    with pytest.raises(ProviderError, match=r"Felt needs a photo of Pip\. Please add one"):
        asyncio.run(shop.illustrators["felt"].draw(request))


def test_the_guides_classes_are_whole(shop: Workshop) -> None:
    """They have all that the protocols ask for, and the patience that the guide tells of is heeded."""
    for maker, protocol in ((shop.authors["postcards"], Author), (shop.illustrators["felt"], Illustrator)):
        asked = {*protocol.__annotations__, *(name for name in vars(protocol) if not name.startswith("_"))}
        assert {name for name in asked if not hasattr(maker, name)} == set()
    assert "patience_s" in vars(type(shop.illustrators["felt"]))


def test_the_prices_are_these() -> None:
    """Dated, and reckoned as the program does before a click: ten chapters and a cover, three cut-outs; the README agrees."""
    words, pictures = Settings.model_fields["text_model"].default, Settings.model_fields["image_model"].default
    story = cost_usd(expected_story(10), words)
    assert f"Prices as of {dated()}" in GUIDE

    def row(name: str) -> list[float]:
        (line,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", GUIDE, re.MULTILINE)
        return [float(cell.strip(" $")) for cell in line.split("|")]

    qualities = ("low", "medium", "high")
    sketches = Settings.model_fields["image_sketches"].default
    painted = [cost_usd(expected_picture(quality, 3, sketches), pictures) for quality in qualities]
    scenes = [cost_usd(expected_picture(quality, 0, sketches), pictures) for quality in qualities]
    assert row(f"the story (`{words}`)") == [round(story, 3)] * 3
    assert row(f"one picture (`{pictures}`)") == [round(cost, 2) for cost in painted]
    assert row("a whole book, `openai`") == [round(story + 11 * cost, 2) for cost in painted]
    books = [f"${story + 11 * cost:.2f}" for cost in (*painted, *scenes)]
    table = README.partition("## Who writes, who paints")[2].partition("```")[0]
    assert sorted(re.findall(r"\$\d\.\d\d", table)) == sorted(books)
    assert row("a whole book, `openai-hybrid`") == [round(story + 11 * cost, 2) for cost in scenes]


def test_the_settings_are_these() -> None:
    """Each that the page names exists, with the value it names; none that matters to a provider is missing."""
    keys = {"text_key", "image_key"}  # from the environment alone: no setting, since those may stand in a file
    named = {name.lower() for name in re.findall(r"STORYMAKER_([A-Z_]+)", GUIDE)} - {""}
    elsewhere = {
        "books",
        "home",
        "jobs_db",
        "pages_at_once",
        "page_memory_mb",
        "pages_each",
        "page_idle_seconds",
        "proxy_header",
    }
    assert named - keys - {"home"} == set(Settings.model_fields) - elsewhere
    for name in ("text_model", "image_model", "image_quality", "illustrator"):
        (line,) = re.findall(rf"^\|.*`STORYMAKER_{name.upper()}`.*$", GUIDE, re.MULTILINE)
        assert line.endswith(f"`{Settings.model_fields[name].default}` |")
    for name in ("book_budget", "pictures_at_once", "picture_timeout"):
        (line,) = re.findall(rf"^\|.*`STORYMAKER_{name.upper()}`.*$", GUIDE, re.MULTILINE)
        assert line.endswith(f"| {Settings.model_fields[name].default:.0f} |")


def said() -> str:
    """Every text of the rooms that speak to services, what is filled in replaced by three dots."""
    told = []
    files = [*PROGRAM.glob("remote/*.py"), *PROGRAM.glob("production/*.py"), PROGRAM / "workshop.py"]
    makers = (
        PROGRAM / name
        for name in ("story/openai.py", "story/manuscript.py", "images/painting.py", "images/resemblance.py")
    )
    for file in [*files, *makers]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                told.append("".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                told.append(node.value)
    return re.sub(r"\{\w*\}", "…", "\n".join(told))


def test_each_sentence_of_the_page_is_one_of_the_programs() -> None:
    """What a parent looks up is what they were told."""
    table = GUIDE.partition("| it says |")[2].partition("\n\n")[0]
    sentences = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    assert len(sentences) > 20
    told = said()
    assert [sentence for sentence in sentences if sentence.rstrip(".") not in told] == []
