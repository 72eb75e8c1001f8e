"""Having a picture painted by a service: looked over before and after, opened safely, and priced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

from storymaker.child import photo_pool
from storymaker.errors import JobCancelledError, JobError, PhotoError, ProviderError, StorymakerError
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.images.photo import SECONDS
from storymaker.prompts.kept import PromptSource, load_prompt
from storymaker.remote import moderation, pictures
from storymaker.remote.client import Dial, Line, dialled, line_to
from storymaker.remote.prices import cost_usd, expected_picture
from storymaker.remote.probe import lacking
from storymaker.remote.service import service_for
from storymaker.remote.veil import Veil
from storymaker.settings import Settings, load_settings

log = logging.getLogger(__name__)

_SKETCH: Final = "storymaker.images.decode:write_sketch"
_OPEN: Final = "storymaker.images.decode:open_painting"
_ANSWER: Final = "picture"
_PAGE_INCHES: Final = 8.5
_SMALL: Final = 0.6
"""Of the size that was asked for: below this a picture is soft in print, and that is said."""
_SOON_SECONDS: Final = 0.25


class ByService:
    """What all illustrators have in common who let a service paint.

    Args:
        settings: Which service and model; None reads environment and storymaker.toml at each picture.
        dial: Makes the line to a service.
        prompts: Where its prompts come from, at each picture.
    """

    at_once = 10
    follows_wishes = True
    covers_from_pages = True
    patience_s = 3600.0
    """Seconds that a picture may wait for its turn and be painted: a small key paints five a minute."""

    def __init__(
        self, settings: Settings | None = None, *, dial: Dial = line_to, prompts: PromptSource = load_prompt
    ) -> None:
        self._settings, self._dial, self._prompts = settings, dial, prompts

    def missing(self) -> str:
        """What it lacks to work here; empty when there is a key, or a server of one's own."""
        return lacking(known(self._settings), "pictures")

    @property
    def proves_itself(self) -> bool:
        """Whether it asks another server than OpenAI: what it answers is seen at the first picture of a book."""
        settings = known(self._settings)
        return bool(settings.image_url or settings.base_url)


def wished(wish: str) -> str:
    """What a parent wants otherwise, as a model is told; empty where nothing is."""
    return f"This time, as the parent asks: {wish.strip()}" if wish.strip() else ""


async def have_painted(
    request: PictureRequest, settings: Settings, dial: Dial, prompt: str, references: Sequence[Path]
) -> tuple[Path, tuple[int, int], float]:
    """Have a picture painted, opened by a child with limits, and priced.

    An answer that this very job had kept before a crash is taken, and nobody is asked.

    Returns:
        Its file in the request's folder, with a JPEG of it beside it; its width and height; and what it cost in US dollars.

    Raises:
        ProviderError: If it was not painted; with what it may have cost.
    """
    what = "The cover was not painted" if request.n == 0 else f"Page {request.n} was not painted"
    line = dialled(dial, service_for(settings, "pictures"), settings, request.child)
    kept = request.paid.kept(_ANSWER)
    if kept is None:
        await _wish_is_fine(request, settings, dial, what)
        data, cost = await _bought(request, settings, line, what, prompt, references)
    else:
        told, _, data = kept.partition(b"\n")
        cost = float(told)
    with line.keeping():
        path, size = await _opened(data, request, what, cost, line)
    return path, size, cost


async def _bought(
    request: PictureRequest, settings: Settings, line: Line, what: str, prompt: str, references: Sequence[Path]
) -> tuple[bytes, float]:
    """Ask for a picture; its bytes are kept as they came, with what they cost, before anybody looks at them."""
    paid = costs(settings)
    sketches = settings.image_sketches if request.sketch else 0
    tokens = expected_picture(settings.image_quality, len(references), sketches)
    expected = cost_usd(tokens, line.service.model, paid=paid)
    try:
        async with _sketching(request.sketch) as seen:
            painted = await pictures.paint(
                line, what, prompt, references, settings.image_quality,
                sketches=sketches, seen=seen, paid=request.paid,
            )  # fmt: skip
    except ProviderError as error:
        error.cost_usd = expected if error.paid else 0.0
        raise
    cost = expected if painted.tokens is None else cost_usd(painted.tokens, line.service.model, paid=paid)
    await request.paid.keep(_ANSWER, b"%s\n%s" % (repr(cost).encode(), painted.data), cost)
    return painted.data, cost


@contextlib.asynccontextmanager
async def _sketching(target: Path | None) -> AsyncIterator[pictures.Seen | None]:
    """Puts each unfinished picture where the parent sees it: small and blurred, since nobody has looked it over yet.

    A picture that comes right behind it needs no forerunner, and waits for none.
    """
    if target is None:
        yield None
        return
    came, showing = asyncio.Event(), []

    async def show(data: bytes) -> None:
        try:
            async with asyncio.timeout(_SOON_SECONDS):
                await came.wait()
        except TimeoutError:
            try:
                await photo_pool().run(_SKETCH, data, target, timeout=SECONDS)
            except StorymakerError as error:  # the picture itself is still on its way
                log.info("a picture was not shown while it was painted: %s", error.message)

    try:
        yield lambda data: showing.append(asyncio.create_task(show(data)))
    finally:
        came.set()
        await asyncio.gather(*showing)


async def _wish_is_fine(request: PictureRequest, settings: Settings, dial: Dial, what: str) -> None:
    """Have a parent's wish looked over before it is sent on.

    Raises:
        ProviderError: Code "refused" if something in it does not belong in a children's book.
    """
    wish = Veil(request.child, request.former_children).hidden(request.wish.strip())
    if not wish or not settings.moderation or settings.image_url:
        return
    if found := await moderation.look(
        dialled(dial, service_for(settings, "moderation"), settings, request.child), [wish]
    ):
        raise moderation.blocked(what, found)


async def _opened(
    data: bytes, request: PictureRequest, what: str, cost: float, line: Line
) -> tuple[Path, tuple[int, int]]:
    """The bytes as a plain picture: whatever they are, a child with limits opens them."""
    target = request.workdir / f"{uuid4().hex}.png"
    try:
        size = await photo_pool().run(_OPEN, data, target, timeout=SECONDS)
        return target, cast(tuple[int, int], size)
    except JobCancelledError:
        raise
    except (PhotoError, JobError):
        target.unlink(missing_ok=True)
        raise ProviderError(
            f"{what}: {line.service.where} sent something that is no picture, or none that can be printed. Please try again; if "
            f"it stays so, name another model, by {line.service.setting}.",
            code="answer", paid=True, cost_usd=cost,
        ) from None  # fmt: skip


def smaller(size: tuple[int, int], settings: Settings) -> tuple[str, ...]:
    """What it means in print where a picture came far smaller than it was asked for; empty where it did not.

    Args:
        size: Width and height as it came, in pixels.
        settings: Which model painted.
    """
    side = min(size)
    if side >= pictures.SIDE * _SMALL:
        return ()
    return (
        f"This picture came with {size[0]} × {size[1]} pixels instead of {pictures.SIDE} × {pictures.SIDE}: in print it has "
        f"{side / _PAGE_INCHES:.0f} dots per inch and looks soft; {pictures.SIDE / _PAGE_INCHES:.0f} were asked for. Please let the "
        f"server paint larger, or name another model, by STORYMAKER_IMAGE_MODEL (this one is “{settings.image_model}”).",
    )


def reused(request: PictureRequest) -> PictureFile:
    """The cover from a page that is there: for nothing."""
    target = request.workdir / f"{uuid4().hex}.png"
    shutil.copyfile(request.pages[0], target)
    width, height = (int.from_bytes(target.read_bytes()[at : at + 4], "big") for at in (16, 20))
    return PictureFile(
        target, width, height, notes=("The cover shows a page of the book. Ask for a change, and it gets its own.",)
    )


async def look_over(settings: Settings, path: Path, dial: Dial = line_to) -> tuple[str, ...]:
    """What should be looked at before a child sees it. A picture that is paid for is not lost where nobody could look."""
    if not settings.moderation or settings.image_url:
        return ()
    line = dialled(dial, service_for(settings, "moderation"), settings)
    try:
        found = await moderation.look(line, picture=await asyncio.to_thread(path.read_bytes))
    except ProviderError:
        return ("Please look at this picture before your child does: nobody could look it over.",)
    return (
        (f"Please look at this picture before your child does: there may be {' and '.join(found)} in it.",)
        if found
        else ()
    )


def known(settings: Settings | None) -> Settings:
    """The settings that were given, or those of now."""
    return settings or load_settings()


def costs(settings: Settings) -> bool:
    """Whether pictures are paid for: a server of one's own, for pictures alone, takes no money."""
    return not settings.image_url
