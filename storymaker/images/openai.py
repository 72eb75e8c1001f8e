"""OpenAI as an illustrator, or whatever speaks like it: pictures painted anew with this plushie in them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from storymaker.errors import ProviderError
from storymaker.images.illustrator import Advice, PictureFile, PictureRequest, Player
from storymaker.images.painting import ByService, costs, have_painted, known, look_over, reused, smaller, wished
from storymaker.images.resemblance import as_url, compare, expected_usd
from storymaker.prompts import Prompt, messages
from storymaker.remote import pictures, words
from storymaker.remote.client import dialled
from storymaker.remote.paid import UNPAID, PaidCall, Priced
from storymaker.remote.prices import Tokens, cost_usd, expected_picture, expected_story
from storymaker.remote.service import service_for
from storymaker.remote.tables import Table
from storymaker.remote.veil import Veil
from storymaker.settings import Settings

_EXPECTED_REFERENCES: Final = 3
_PHOTOS_LOOKED_AT: Final = 3
_LOOK_MAX: Final = 400


class _Card(Table):
    """What is seen of a toy."""

    kind: str
    look: str
    alt: str
    parts: list[str]


class OpenAIIllustrator(ByService):
    """Paints by a model, from all cut-outs of the plushie and from a page that was liked."""

    name = "openai"
    credit = "an AI model of OpenAI"
    tunes_prompts = ("picture",)
    tunes_settings = ("image_model", "image_quality", "image_style")
    tunes_page = True
    sends = (
        "The cut-outs of whoever is in the pictures, each page’s picture in words and the painted pages go to OpenAI, or to the "
        "server you set; "
        "please let no photo of a person be among them."
    )

    def estimate_usd(self, request_count: int) -> float:
        """What so many pictures are expected to cost, by the dated prices."""
        settings = known(self._settings)
        one = expected_picture(settings.image_quality, _EXPECTED_REFERENCES, settings.image_sketches)
        return request_count * (cost_usd(one, settings.image_model, paid=costs(settings)) + expected_usd(settings))

    async def describe(self, hero: Player, child: str = "", paid: PaidCall = UNPAID) -> tuple[str, float]:
        """Look at the plushie's cut-outs, once, and say how it looks: one phrase for every picture of the book.

        Args:
            hero: Who.
            child: The child's name, which a parent may have typed here too ("Mia’s bear"): it stays in the house.
            paid: Told of the request; keeps the answer.

        Returns:
            The phrase, empty where no toy was seen; and what that cost, in US dollars.

        Raises:
            ProviderError: If nobody could look.
        """
        settings = known(self._settings)
        if settings.text_url or settings.image_url:
            return "", 0.0  # a server of one's own for one part: who sees pictures there, nobody knows
        line = dialled(self._dial, service_for(settings, "words"), settings, child)
        veil = Veil(child)
        data = {"typed": veil.hide({"name": hero.name, "kind": hero.kind})}
        system, user = messages(self._prompts("character-card", settings), data)
        photos = [await asyncio.to_thread(as_url, cutout.path) for cutout in hero.cutouts[:_PHOTOS_LOOKED_AT]]
        shown = [
            {"type": "text", "text": user.content},
            *({"type": "image_url", "image_url": {"url": url}} for url in photos),
        ]
        asked = [system, {"role": "user", "content": shown}]

        def cost(tokens: Tokens) -> float:
            return cost_usd(tokens, line.service.model, paid=costs(settings))

        bought = words.Bought(Priced(paid, cost(expected_story(1))), "card", cost)
        try:
            card, tokens = await words.ask(line, "The plushie was not described", asked, _Card, bought)
        except ProviderError as error:
            error.cost_usd = cost(expected_story(1)) if error.paid else 0.0
            raise
        return " ".join(veil.shown(card.look).split())[:_LOOK_MAX], cost(tokens)

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Paint one page. The cover is the book's best page, unless a wish asks for one of its own.

        Raises:
            ProviderError: If it was not painted; says what to do, and whether it may have to be paid.
        """
        if request.n == 0 and not request.wish.strip() and request.pages:
            return await asyncio.to_thread(reused, request)
        settings = known(self._settings)
        told = _told(self._prompts("picture", settings), request, settings)
        path, (width, height), cost = await have_painted(request, settings, self._dial, told, _references(request))
        found = await look_over(settings, path.with_suffix(".jpg"), self._dial)
        notes = (*found, *smaller((width, height), settings))
        return PictureFile(
            path, width, height, cost_usd=cost, notes=notes, screen=path.with_suffix(".jpg"), veiled=bool(found)
        )

    async def advise(self, request: PictureRequest, picture: Path) -> Advice:
        """Say whether a painted picture shows the plushie; the cover is a page that was looked at already.

        Args:
            request: What was asked for.
            picture: What was painted: a PNG file.
        """
        if request.n == 0 and not request.wish.strip() and request.pages:
            return Advice()
        return await compare(request, picture, known(self._settings), self._dial, self._prompts)


def _told(prompt: Prompt, request: PictureRequest, settings: Settings) -> str:
    """What the model is told: the fixed looks word for word, the child's name hidden."""
    veil, hero, friend = Veil(request.child, request.former_children), request.heroes[0], request.friend
    others = [f"{other.name} ({other.look or other.name}) is there too." for other in request.heroes[1:]]
    if friend is not None and all(friend.name != other.name for other in request.heroes):
        others.append(f"With it is {friend.name}: {friend.look or friend.name}.")
    shows = "\n".join(part for part in (request.prompt, wished(request.wish), _style(settings)) if part)
    data = {
        "hero": f"{hero.name}: {hero.look or 'the toy of the photographs'}",
        "friend": " ".join(others) or "Nobody else is there.",
        "prompt": shows,
        "scene": request.scene or "as the words say",
    }
    (message,) = messages(prompt, {name: veil.hidden(text) for name, text in data.items()})
    return message.content


def _style(settings: Settings) -> str:
    return f"Style: {settings.image_style}" if settings.image_style else ""


def _references(request: PictureRequest) -> list[Path]:
    """All cut-outs of everybody in the picture, and one page that was liked, for its style."""
    people: list[Player] = [*request.heroes, *([request.friend] if request.friend else [])]
    cutouts = [cutout.path for player in people for cutout in player.cutouts]
    return [*dict.fromkeys(cutouts), *request.pages[:1]][: pictures.REFERENCES_MAX]
