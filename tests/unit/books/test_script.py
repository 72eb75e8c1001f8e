"""The CSV script: what goes out comes in again, and what is no script is refused in words."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storymaker.books.checking import replace
from storymaker.books.model import Book, Chapter
from storymaker.books.script import COLUMNS, apply_script, parse_script, write_script
from storymaker.errors import ScriptError
from storymaker.text import clean_text

Change = Callable[[list[list[str]]], list[list[str]]]
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
        (rows("1,W", header="n,words"), "no column “text”"),
        (rows("1,W,V", header="n,text,text"), "two columns “text”"),
        (rows("1,W,sea", header="n,text,place"), "no column “id”, and nobody knows “place”"),
        (rows("1.5,W", header="n,text"), "“1.5” is no number"),
        (rows("1,W,and more", header="n,text"), "Row 1 has 3 columns"),
        (rows("1,W").decode().encode("utf-16")[:-1], "not in UTF-8"),
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


WINDOWS = "“Hello,” said Zoë’s café – naïve… À Paris, «l’été»! Größe, 50 €, ½ cup, Señor Ñandú, ¿qué? ÉCLAIR."


@pytest.fixture
def told(book: Book) -> Book:
    """A book with everything in its words that a table may trip over."""
    texts = ("One, “two”;\nthree\tfour.", 'She said "Hi", and\n\nleft.', "It’s the café – naïve…")
    words = {"title": "A; b, c", "image_prompt": "A, b; c.", "alt": "Alt", "scene": "sea, night"}
    pages = (replace(page, text=text, **words) for page, text in zip(book.chapters, texts, strict=True))
    return replace(book, chapters=tuple(pages))


def table(book: Book, delimiter: str = ",", end: str = "\r\n", change: Change | None = None) -> str:
    """Its script, with its rows changed and saved as some spreadsheet program would."""
    cells = list(csv.reader(io.StringIO(write_script(book.chapters).decode("utf-8-sig"), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(change(cells) if change else cells)
    return out.getvalue()


def without(*names: str) -> Change:
    """The table without some columns."""
    return lambda cells: [
        [cell for name, cell in zip(cells[0], row, strict=True) if name not in names] for row in cells
    ]


def counted(form: str) -> Change:
    """The table with its numbers written so."""
    return lambda cells: [cells[0], *([row[0], form.format(row[1]), *row[2:]] for row in cells[1:])]


HABITS: dict[str, Callable[[Book], bytes]] = {
    "sep=;": lambda book: f"\ufeffsep=;\r\n{table(book, ';')}".encode(),
    "sep= of any sign": lambda book: f"SEP=^\n{table(book, '^')}".encode(),
    "sep= of a tab": lambda book: f"sep=\t\r\n{table(book, chr(9))}".encode(),
    "sep= in quotes": lambda book: f'"sep=;"\r\n{table(book, ";")}'.encode(),
    "sep= saved again": lambda book: f'"sep=;",,,,,,,,\r\n{table(book)}'.encode(),
    "bars": lambda book: table(book, "|").encode(),
    "UTF-16 with a mark": lambda book: table(book, "\t").encode("utf-16"),
    "UTF-16, big end first": lambda book: b"\xfe\xff" + table(book).encode("utf-16-be"),
    "UTF-16 without a mark": lambda book: table(book).encode("utf-16-le"),
    "UTF-16 without a mark, big end first": lambda book: table(book, ";").encode("utf-16-be"),
    "UTF-32": lambda book: table(book).encode("utf-32"),
    "two marks": lambda book: f"\ufeff\ufeff{table(book)}".encode(),
    "a mark that was misread": lambda book: f"\ufeffï»¿{table(book)}".encode(),
    "Windows-1252": lambda book: table(book).encode("cp1252"),
    "Windows-1252 with semicolons": lambda book: table(book, ";").encode("cp1252"),
    "returns": lambda book: table(book, end="\r").encode(),
    "returns in UTF-16": lambda book: table(book, ";", end="\r").encode("utf-16"),
    "returns and newlines": lambda book: table(book, end="\r\r\n").encode(),
    "an end of file": lambda book: f"{table(book)}\x1a".encode(),
    "a title": lambda book: f"My book\r\n{table(book)}".encode(),
    "a title as wide as the table": lambda book: table(
        book, change=lambda cells: [["My, book", "3", *[""] * 7], [""] * 9, *cells]
    ).encode(),
    "a title below sep=": lambda book: f"sep=;\nMy book;;\n{table(book, ';')}".encode(),
    "a header that was sorted": lambda book: table(
        book, change=lambda cells: [*cells[1:3], cells[0], *cells[3:]]
    ).encode(),
    "a header on each page": lambda book: table(book, change=lambda cells: [*cells[:2], cells[0], *cells[2:]]).encode(),
    "names in capitals": lambda book: table(
        book, change=lambda cells: [[name.upper().replace("_", " ") for name in cells[0]], *cells[1:]]
    ).encode(),
    "1.0": lambda book: table(book, change=counted("{}.0")).encode(),
    "1,0": lambda book: table(book, change=counted("{},0")).encode(),
    "1,00 between semicolons": lambda book: table(book, ";", change=counted(" {},00 ")).encode(),
    "01": lambda book: table(book, change=counted("0{}")).encode(),
    "'1": lambda book: table(book, change=counted("'{}")).encode(),
    "no numbers": lambda book: table(book, change=counted("")).encode(),
    "empty columns": lambda book: table(book, change=lambda cells: [[*row, "", " "] for row in cells]).encode(),
    "a comma more a row": lambda book: table(
        book, change=lambda cells: [cells[0], *([*row, ""] for row in cells[1:])]
    ).encode(),
    "empty rows": lambda book: table(book, change=lambda cells: [*cells, [""] * 9, [" "] * 3, [""] * 20]).encode(),
    "rows numbered ahead": lambda book: table(book, change=lambda cells: [*cells, ["", "4", *[""] * 7]]).encode(),
    "no image and state": lambda book: table(book, change=without("image", "state")).encode(),
    "rows short by image and state": lambda book: table(
        book, change=lambda cells: [cells[0], *(row[:7] for row in cells[1:])]
    ).encode(),
    "no id": lambda book: table(book, change=without("id")).encode(),
    "no n": lambda book: table(book, change=without("n")).encode(),
}


@pytest.mark.parametrize("habit", HABITS)
def test_what_spreadsheets_do_is_taken_in(told: Book, habit: str) -> None:
    """Whatever a program did to the table on the way, it is the same book again."""
    blank = replace(told, chapters=tuple(replace(page, text="?", title="", alt="") for page in told.chapters))
    assert apply_script(blank, parse_script(HABITS[habit](told))) == told


def test_newlines_within_cells_survive_a_mac(told: Book) -> None:
    """Rows end with a return, and the lines of a text with a newline that nobody quoted."""
    first, *_ = told.chapters
    data = f"n;title;text\r1;T;One.\nTwo.\n\nThree.\r2;T;{first.title.replace(';', '')}\r".encode()
    assert [row.words["text"] for row in parse_script(data)] == ["One.\nTwo.\n\nThree.", "A b, c"]
    assert parse_script(b"n,text\n1,One.\rTwo.\n")[0].words["text"] == "One.\nTwo."
    assert parse_script(b"n,text\r\n1,One.\nTwo.\r\n")[0].words["text"] == "One.\nTwo."


@pytest.mark.parametrize("name", ["title", "image_prompt", "alt", "scene"])
def test_a_column_that_is_missing_loses_no_words(told: Book, name: str) -> None:
    """The book keeps its own."""
    assert apply_script(told, parse_script(table(told, change=without(name)).encode())) == told


def test_windows_letters_come_out_right() -> None:
    """Quotation marks, accents, dashes, the euro sign: as they were typed."""
    (row,) = parse_script(f'n,text\r\n1,"{WINDOWS}"\r\n'.encode("cp1252"))
    assert row.words["text"] == WINDOWS


def test_a_column_of_notes_is_passed_over() -> None:
    """Where no other is missing, or nothing is in it."""
    full = ",".join((*COLUMNS, "notes"))
    assert parse_script(rows("book1.c1,1,T,W,,,sea,,,Ask Mia", header=full))[0].words["scene"] == "sea"
    assert parse_script(rows("1,W,", header="n,text,notes"))[0].words == {"text": "W"}


FOREIGN = {
    "mac_roman": ("“Hello,” said Bramble. It’s", "a café", "Zoë – naïve", "He went – away", "Well… then"),
    "cp1250": ("Łódź i żółw może być", "są"),
    "cp1251": ("Привет",),
    "cp1253": ("Γειά",),
    "cp1254": ("Ayşe",),
    "cp1255": ("שלום",),
    "shift_jis": ("こんにちは",),
    "gbk": ("你好世界",),
    "cp850": ("café naïve",),
}


@pytest.mark.parametrize("encoding", FOREIGN)
def test_letters_that_would_come_out_wrong_are_refused(encoding: str) -> None:
    """Bytes that may be something else than Windows-1252 are not guessed at; nor is UTF-8 that is broken."""
    for words in FOREIGN[encoding]:
        with pytest.raises(ScriptError, match="CSV UTF-8"):
            parse_script(f"n,text\n1,{words}\n".encode(encoding))
    with pytest.raises(ScriptError, match="CSV UTF-8"):
        parse_script(f"n,text\n1,{WINDOWS}\n".encode() + b"2,caf\xe9\n")


def test_the_files_that_failed_are_taken_in(cases: Path) -> None:
    """Each is the same table as the good one."""
    good = parse_script((cases / "csv" / "base.csv").read_bytes())
    for name in ("sep-line", "float-n", "mac-cr-semicolon", "trail-ragged"):
        assert parse_script((cases / "csv" / f"{name}.csv").read_bytes()) == good, name
