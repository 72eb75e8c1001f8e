"""The service paints the empty scene, and the plushie's own cut-out is set into it here: its photo never leaves the house."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final
from uuid import uuid4

from storymaker.child import studio_pool
from storymaker.errors import JobError, ProviderError
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.images.painting import ByService, costs, have_painted, known, look_over, reused, smaller, wished
from storymaker.images.paper.page import Drawn
from storymaker.images.paper.studio import page_of
from storymaker.prompts import Prompt, messages
from storymaker.remote.prices import cost_usd, expected_picture
from storymaker.remote.veil import Veil

_COMPOSE: Final = "storymaker.images.paper.compose:draw_file"
_PATIENCE_S: Final = 120.0


class HybridIllustrator(ByService):
    """Scenes by a model, the plushie itself from its photo."""

    name = "openai-hybrid"
    credit = "an AI model of OpenAI, the plushie cut out of its photo by the Storymaker paper studio"
    tunes_prompts = ("scene",)
    tunes_settings = ("image_model", "image_quality")
    sends = (
        "Each page’s scene, in words and as it was painted, goes to OpenAI, or to the server you set; no photo does."
    )

    def estimate_usd(self, request_count: int) -> float:
        """What so many scenes are expected to cost, by the dated prices."""
        settings = known(self._settings)
        one = expected_picture(settings.image_quality, 0, settings.image_sketches)
        return request_count * cost_usd(one, settings.image_model, paid=costs(settings))

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Have the scene of a page painted, and set hero and friend into it.

        Raises:
            ProviderError: If the scene was not painted.
        """
        if request.n == 0 and not request.wish.strip() and request.pages:
            return await asyncio.to_thread(reused, request)
        settings = known(self._settings)
        scene, size, cost = await have_painted(
            request, settings, self._dial, _told(self._prompts("scene", settings), request), ()
        )
        notes = await look_over(settings, scene, self._dial)
        out = request.workdir / f"{uuid4().hex}.png"
        page = replace(page_of(request), background=str(scene), title=None, before=None)
        try:
            drawn: Drawn = await studio_pool().run(_COMPOSE, page, str(out), timeout=_PATIENCE_S)
        except JobError as error:
            raise ProviderError(
                f"Page {request.n} was not painted: the plushie could not be set into its scene. Please try again.",
                code=error.code, paid=bool(cost), cost_usd=cost,
            ) from None  # fmt: skip
        finally:
            scene.unlink(missing_ok=True)
        screen = out.with_suffix(".jpg")
        told = (*notes, *smaller(size, settings), *drawn.notes)
        width, height = drawn.size
        return PictureFile(
            out, width, height, cost_usd=cost, notes=told, screen=screen, seed=drawn.seed, veiled=bool(notes)
        )


def _told(prompt: Prompt, request: PictureRequest) -> str:
    """What the model is told: the page without its people, and the child's name hidden."""
    veil = Veil(request.child, request.former_children)
    shows = "\n".join(part for part in (request.prompt, wished(request.wish)) if part)
    data = {"prompt": veil.hidden(shows), "scene": veil.hidden(request.scene) or "as the words say"}
    (message,) = messages(prompt, data)
    return message.content
