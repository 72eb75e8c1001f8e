"""Title letters: whatever the title, nothing overflows and nothing is drawn as a box."""

import numpy as np
import pytest

from storymaker.images.paper import cover, lettering
from storymaker.images.paper.shapes import PAGE

TITLES = [
    "Moss",
    "Bramble and the Borrowed Moon",
    "I",
    "W" * 80,
    "Wie der kleine Bär Übermut die große weite Welt entdeckte und fast vergaß, heim",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n",
    "שלום Pip",
    "Ångström’s “Zürich” — 100 % ✨",
]


@pytest.mark.parametrize("title", TITLES)
def test_lines_fit_into_the_room_of_the_title(title: str) -> None:
    """One to three lines, each within the safe width, together within the height."""
    lines = lettering.fit(title, cover.TOP, cover.ROOM)
    assert 1 <= len(lines) <= 3
    assert all(lettering._font(line.size).getlength(line.text) <= lettering.WIDTH for line in lines)
    assert lines[-1].base + lines[-1].size * 0.25 <= cover.TOP + cover.ROOM + 12
    assert lines[0].base - lines[0].size >= 0


@pytest.mark.parametrize("title", ["W" * 80, "Bramble and the Borrowed Moon", TITLES[6]])
def test_letters_stay_clear_of_the_trim(title: str) -> None:
    """No ink of a turned letter comes near the edge of the page."""
    stage = cover.open_stage(1)
    for line in lettering.fit(title, cover.TOP, cover.ROOM):
        for mask, x, y in lettering._letters(stage, line):
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            assert y + rows[0] > 10
            assert x + columns[0] > PAGE * 0.03
            assert x + columns[-1] < PAGE * 0.97


@pytest.mark.parametrize("title", ["日本語の本", "🧸🌙", "   ", "", "…!?", "\u200d\ufe0f"])
def test_a_title_without_drawable_letters_is_not_drawn(title: str) -> None:
    """When nothing remains, there is no lettering at all."""
    assert lettering.fit(title, cover.TOP, cover.ROOM) == []


def test_letters_that_the_font_lacks_are_left_out() -> None:
    """A missing letter is no box; one with an accent keeps its base."""
    assert lettering.drawable("Pip 🧸 and 月") == "Pip and"
    assert lettering.drawable("Zu\u0308rich") == "Zürich"


def test_the_last_line_is_the_largest() -> None:
    """As on a poster."""
    first, last = lettering.fit("Bramble and the Borrowed Moon", cover.TOP, cover.ROOM)
    assert last.text == "Borrowed Moon"
    assert last.size > first.size


def test_a_title_from_the_right_is_drawn_in_visual_order() -> None:
    """Letters are laid singly, so a right-to-left run is turned round, and a name inside it is not."""
    assert lettering._visual("אב Pip") == "Pip בא"
