"""Whether a painted picture shows this very plushie: by our own measure, and by the model's yes or no where that is set."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from storymaker.child import studio_pool
from storymaker.errors import ProviderError, StorymakerError
from storymaker.images.illustrator import Advice, PictureRequest
from storymaker.prompts import messages
from storymaker.prompts.kept import PromptSource, load_prompt
from storymaker.remote import words
from storymaker.remote.client import Dial, dialled
from storymaker.remote.paid import Priced
from storymaker.remote.prices import cost_usd, expected_story
from storymaker.remote.service import service_for
from storymaker.remote.tables import Table
from storymaker.remote.veil import Veil
from storymaker.settings import Settings

_LIKENESS: Final = "storymaker.images.likeness:likeness"
_LIKENESS_SECONDS: Final = 60.0
_LIKE_ENOUGH: Final = 0.35
"""Below this a parent is asked to look. On painted pictures nobody could measure it here: it is advice."""
_PHOTOS_SHOWN: Final = 2
_REASON_MAX: Final = 120


class _Seen(Table):
    """A model's word."""

    same: bool
    reason: str


async def compare(
    request: PictureRequest, path: Path, settings: Settings, dial: Dial, prompts: PromptSource = load_prompt
) -> Advice:
    """Compare a painted picture with the hero's cut-outs. The model's word decides where it is asked and answers.

    Args:
        request: What was asked for.
        path: What came: a PNG file.
        settings: ``ask_likeness`` says whether the model is asked as well.
        dial: Makes the line to it.
        prompts: Where the question to it comes from.
    """
    hero = request.heroes[0]
    cutouts = [cutout.path for cutout in hero.cutouts]
    score = await likeness_of(cutouts, path)
    seen, cost = await _seen(request, path, settings, dial, prompts) if cutouts and asks(settings) else (None, 0.0)
    unlike = not seen.same if seen else score is not None and score < _LIKE_ENOUGH
    if not unlike:
        return Advice((), score, unlike, cost)
    reason = (
        " ".join(Veil(request.child, request.former_children).shown(seen.reason).split())[:_REASON_MAX] if seen else ""
    )
    why = f" ({reason})" if reason else ""
    told = f"This doesn’t look much like {hero.name}{why}. You can have it painted anew."
    return Advice((told,), score, unlike, cost)


def asks(settings: Settings) -> bool:
    """Whether the model is asked: where that is set, and both parts are OpenAI's or one server's."""
    return settings.ask_likeness and not settings.text_url and not settings.image_url


def expected_usd(settings: Settings) -> float:
    """What the model's word on one picture is expected to cost, in US dollars."""
    return cost_usd(expected_story(1), settings.text_model) if asks(settings) else 0.0


async def likeness_of(cutouts: Sequence[Path], path: Path) -> float | None:
    """How much a picture looks like the cut-outs, 0 to 1, as far as that can be told."""
    if not cutouts:
        return None
    try:
        shown = [str(cutout) for cutout in cutouts]
        return float(await studio_pool().run(_LIKENESS, shown, str(path), timeout=_LIKENESS_SECONDS))
    except StorymakerError:  # the picture is there, and paid: it is not lost for advice that nobody can give
        return None


def as_url(path: Path) -> str:
    """A PNG file as a data URL, for a model that sees."""
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"


async def _seen(
    request: PictureRequest, path: Path, settings: Settings, dial: Dial, prompts: PromptSource
) -> tuple[_Seen | None, float]:
    """The model's word, and what it cost; none where it does not answer: the picture is there all the same."""
    line = dialled(dial, service_for(settings, "words"), settings, request.child)
    hero = request.heroes[0]
    typed = Veil(request.child, request.former_children).hide({"name": hero.name, "kind": hero.kind, "look": hero.look})
    system, user = messages(prompts("same-toy", settings), {"typed": typed})
    files = [*(cutout.path for cutout in hero.cutouts[:_PHOTOS_SHOWN]), path]
    urls = [await asyncio.to_thread(as_url, file) for file in files]
    shown = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    asked: list[Any] = [system, {"role": "user", "content": [{"type": "text", "text": user.content}, *shown]}]
    bought = words.Bought(
        Priced(request.paid, expected_usd(settings)), "same-toy", lambda tokens: cost_usd(tokens, line.service.model)
    )
    try:
        seen, tokens = await words.ask(line, "The picture was not compared", asked, _Seen, bought)
    except ProviderError as error:
        return None, expected_usd(settings) if error.paid else 0.0
    return seen, cost_usd(tokens, line.service.model)
