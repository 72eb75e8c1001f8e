"""The CSV script: what goes out comes in again, and what is no script is refused in words."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storymaker.books.checking import replace
from storymaker.books.model import Book, Chapter
from storymaker.books.script import COLUMNS, apply_script, parse_script, write_script
from storymaker.errors import ScriptError
from storymaker.text import clean_text

WORDS = ("title", "text", "image_prompt", "alt", "scene")
texts = (
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.text("'=-@;\t\n＝＋ \u200d\u3000\ufe0fa", max_size=12)
    | st.sampled_from(["=1+1", "'=x", "''@y", "-z", "'Twas", 'a;b\tc,"d"', "\nx"])
)


def rows(*lines: str, header: str = ",".join(COLUMNS)) -> bytes:
    """A script of these lines."""
    return "\n".join((header, *lines)).encode()


def line(chapter: Chapter, **changed: str) -> str:
    """A chapter as a line, with cells changed."""
    cells = {"id": chapter.id, "n": str(chapter.n), "title": "T", "text": "Words.", **changed}
    out = io.StringIO()
    csv.writer(out).writerow([cells.get(name, "") for name in COLUMNS])
    return out.getvalue().strip("\r\n")


@given(st.lists(st.tuples(texts, texts, texts, texts, texts), min_size=1, max_size=4))
def test_what_goes_out_comes_in_again(cells: list[tuple[str, ...]]) -> None:
    """Any words survive the way through a spreadsheet's file, formulas and quotes too."""
    chapters = tuple(
        Chapter.model_validate(
            {"id": f"book1.c{n}", "n": n, **dict(zip(WORDS, row, strict=True)), "text": f"{row[1]}."}
        )
        for n, row in enumerate(cells, start=1)
    )
    book = Book(id="book1", cover=Chapter(id="book1.cover", n=0), chapters=chapters)
    blank = replace(book, chapters=tuple(replace(chapter, text="?", title="", alt="") for chapter in chapters))
    assert apply_script(blank, parse_script(write_script(chapters))) == book


@given(texts)
def test_no_cell_runs_as_a_formula(text: str) -> None:
    """Nothing that a spreadsheet would run leaves the house unguarded, wherever it parts the cells."""
    data = write_script([Chapter(id="book1.c1", n=1, text=clean_text(text))]).decode("utf-8-sig")
    cell = next(csv.DictReader(io.StringIO(data, newline="")))["text"]
    for part in (cell, *re.split(r"[;\t\n\r]", cell)[1:]):
        assert not unicodedata.normalize("NFKC", re.sub(r"^[\u200c-\u200d\ufe0e\ufe0f\s]+", "", part)).startswith(
            tuple("=+-@")
        )
        assert not part.startswith(("\t", "\r"))


@pytest.mark.parametrize(
    "text",
    [
        "a;=1+1",
        "Stop;\u3000＝1",
        "\u200b=1",
        "\ufeff@x",
        "＋1",
        "﹣1",
        "−1",
        "a\n=1",
        "a\t@x",
        "\u2800=1",
        "; ;=1",
        "''=1",
        "a;''=1",
    ],
)
def test_formulas_are_guarded_behind_what_hides_them(text: str) -> None:
    """After semicolon, tab and line end, behind invisible and in full-width characters; it comes off exactly."""
    data = write_script([Chapter.model_construct(id="book1.c1", n=1, text=text, picture=None)])
    cell = next(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))["text"]
    assert cell.count("'") == text.count("'") + 1
    (row,) = parse_script(data)
    assert row.words["text"] == clean_text(text)


@pytest.mark.parametrize(
    "text", ["Twas night; she slept - well", "A well-known bear = a good bear", "me@home.example", "'Twas; 'tis"]
)
def test_plain_words_stay_plain(text: str) -> None:
    """Nobody finds apostrophes where nothing would run."""
    assert text.encode() in write_script([Chapter(id="book1.c1", n=1, text=text)])


def test_columns_are_in_their_order(book: Book) -> None:
    """The file begins with a BOM and the columns of the architecture page."""
    data = write_script(book.chapters)
    assert data.startswith(b"\xef\xbb\xbfid,n,title,text,image_prompt,alt,scene,image,state\r\n")
    assert data.count(b"missing") == 3


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_understood(book: Book, delimiter: str) -> None:
    """Spreadsheets of other countries write semicolons or tabs."""
    text = write_script(book.chapters).decode("utf-8-sig").replace(",", delimiter)
    assert apply_script(book, parse_script(text.encode())) == book


def test_rows_are_put_in_the_order_of_n(book: Book) -> None:
    """Changing the numbers reorders the chapters."""
    one, two, three = book.chapters
    data = rows(line(one, n="3"), line(two, n="1"), line(three, n="2"))
    assert [chapter.id for chapter in apply_script(book, parse_script(data)).chapters] == [two.id, three.id, one.id]


def test_rows_without_id_are_known_by_their_place(book: Book) -> None:
    """Somebody who wrote the file by hand needs no ids."""
    data = rows(*(line(chapter, id="", text=f"By hand {chapter.n}.") for chapter in book.chapters))
    assert [chapter.text for chapter in apply_script(book, parse_script(data)).chapters] == [
        f"By hand {n}." for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no column “id”"),
        (b"hello", "no column “id”"),
        (rows("x", header="id,n,title,text,image_prompt,alt"), "no column “scene”"),
        (rows("book1.c1,1,T,Words"), "Row 1 has 4 columns"),
        (rows("book1.c1,one,T,W,,,,,"), "“one” is no number"),
        (rows("book1.c1,1,T,,,,,,"), "Row 1 has no text"),
        (rows("book1.c1,1,T,=HYPERLINK(1),,,,,"), "runs? as a formula"),
        (rows("book1.c1,1,T,@x,,,,,"), "runs? as a formula"),
        (rows('book1.c1,1,T,"never closed'), "cannot be read as CSV"),
        (b"id,n\0", "binary data"),
        ("id,title,é".encode("latin-1"), "UTF-8"),
        (b"x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_what_is_no_script_is_said(data: bytes, says: str) -> None:
    """Each refusal names the row, the column and what to do."""
    with pytest.raises(ScriptError, match=says):
        parse_script(data)


def test_a_script_of_other_length_is_refused(book: Book) -> None:
    """Two rows for three chapters change nothing."""
    with pytest.raises(ScriptError, match=r"2 rows .* 3 chapters"):
        apply_script(book, parse_script(rows(*(line(chapter) for chapter in book.chapters[:2]))))


@pytest.mark.parametrize("changed", [{"id": "book1.zz"}, {"id": ""}, {"text": "x" * 6001}])
def test_a_script_of_another_book_is_refused(book: Book, changed: dict[str, str]) -> None:
    """Unknown ids, rows that stand there twice and endless texts are refused."""
    first = line(book.chapters[0], **changed, n="2" if changed == {"id": ""} else "1")
    data = rows(first, *(line(chapter) for chapter in book.chapters[1:]))
    with pytest.raises(ScriptError):
        apply_script(book, parse_script(data))
