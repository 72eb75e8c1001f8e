"""Other names in words that are written: whole words, and nothing else."""

from __future__ import annotations

import pytest

from storymaker.books.naming import renamed


@pytest.mark.parametrize(
    ("text", "old", "new", "becomes"),
    [
        ("Bramble’s hat, Bramble'll see. Brambles grow.", "Bramble", "Hazel", "Hazel’s hat, Hazel'll see. Brambles grow."),
        ("Bramble-sized, “Bramble!” BRAMBLE! BRAMBLE’S!", "Bramble", "Hazel", "Hazel-sized, “Hazel!” HAZEL! HAZEL’S!"),
        ("Boots’ hat, and “Hello, Boots’", "Boots", "Mia", "Mia’s hat, and “Hello, Mia’"),
        ("Mia's hat", "Mia", "Boots", "Boots' hat"),
        ("MIA’S hat", "Mia", "Boots", "BOOTS’ hat"),
        ("said Dr. B. Then Dr. B. ran. “Oh,” said Dr. B.", "Dr. B.", "Hazel", "said Hazel. Then Hazel ran. “Oh,” said Hazel."),
        ("said Hazel. Hazel ran…", "Hazel", "Dr. B.", "said Dr. B. Dr. B. ran…"),
        ("D’Artagnan’s sword; D'Artagnan", "D'Artagnan", "Pim", "Pim’s sword; Pim"),
        ("Mr\nBear and Mr  Bear", "Mr Bear", "Pim", "Pim and Pim"),
        ("Once Pip came. Pip ran.", "Pip", "the bear", "Once the bear came. The bear ran."),
        ("Pip’s", "", "Mia", "Pip’s"),
        ("hope and Hope", "Hope", "Faith", "hope and Faith"),
        ("ÉLODIE met Élodie.", "Élodie", "Zoë", "ZOË met Zoë."),
    ],
)  # fmt: skip
def test_a_name_is_put_in_the_place_of_another(text: str, old: str, new: str, becomes: str) -> None:
    """With its possessive, its full stop and its capitals; a word that only contains it stays."""
    assert renamed(text, {old: new}) == becomes


def test_two_who_change_names_do_so_at_once() -> None:
    """Neither gets the other's new name as an old one."""
    assert renamed("Mia and Pip: Mia’s Pip", {"Mia": "Pip", "Pip": "Mia"}) == "Pip and Mia: Pip’s Mia"


def test_who_keeps_a_name_keeps_all_of_it() -> None:
    """Rose-Marie is not partly Rose."""
    assert renamed("Rose-Marie and Rose", {"Rose": "Lily", "Rose-Marie": "Rose-Marie"}) == "Rose-Marie and Lily"
    assert renamed("Rose", {"Rose": "Rose"}) == "Rose"
