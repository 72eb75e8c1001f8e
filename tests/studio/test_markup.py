"""Whatever a person or a model wrote is text: in the page's HTML it passes one place, which escapes it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import storymaker.studio
from storymaker.display.markup import markup
from storymaker.studio.markup import fault, heading, note

ROOM = Path(storymaker.studio.__file__).parent
HOSTILE = '"><img src=x onerror=alert(1)>{0}{title}'


def test_texts_are_escaped_wherever_they_go() -> None:
    """Braces too: a text is filled in, never filled."""
    for made in (markup('<p title="{a}">{a}</p>', a=HOSTILE), heading(HOSTILE), fault(HOSTILE), note(HOSTILE)):
        assert "<img" not in made
        assert "&lt;img src=x onerror=alert(1)&gt;{0}{title}" in made


def test_nothing_to_say_says_nothing() -> None:
    """An empty sentence leaves no empty box."""
    assert (fault(""), note("")) == ("", "")


@pytest.mark.parametrize("file", sorted(ROOM.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOM)))
def test_no_html_is_put_together_by_hand(file: Path) -> None:
    """No f-string, format or percent goes into an HTML widget, where it is made or later."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    html = [node.args[0] for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args and _is_html(node.func)]
    html += [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and any(map(_is_value, node.targets))
    ]
    for part in html:
        assert not [one for one in ast.walk(part) if isinstance(one, ast.JoinedStr | ast.Mod)], ast.unparse(part)


def _is_html(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "HTML"


def _is_value(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "value"


def test_scripts_write_no_markup() -> None:
    """Our controls make elements and text; none of the ways to parse a string as HTML, or to run one, is there."""
    for script in ROOM.glob("static/*.js"):
        text = script.read_text(encoding="utf-8")
        for way in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
        ):
            assert way not in text, (script.name, way)
