"""Pages that only say something: a heading, a sentence, one way on; and the look and headers that such pages share."""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tornado import web

from storymaker.contract.problems import status_of
from storymaker.errors import StorymakerError
from storymaker.export.fonts import FREDOKA, find_typefaces

log = logging.getLogger(__name__)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not no-referrer: a form on such a page is sent with the origin “null”, and would be refused as another site's.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""For every page of the studio; ours without scripts allow even less."""

_PAGE_HEADERS: Final = SECURITY_HEADERS | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Content-Type": "text/html; charset=utf-8",
}
_STATIC: Final = "studio/static/"
_FOLDER: Final = Path(__file__).parent
_DAY: Final = 24 * 3600


class Link(NamedTuple):
    """Where to go from a notice.

    Attributes:
        address: A path of ours, without the base address.
        words: What the button says.
    """

    address: str
    words: str


HOME: Final = Link("", "To the studio")

_SENTENCES: Final = {
    400: ("That was not clear", "The studio could not make sense of what your browser sent. Please start again."),
    403: ("Please try once more", "This page was open for a long time, or came from elsewhere. Please start again."),
    404: ("There is nothing here", "The address may have a slip in it, or what was here has moved away."),
    405: ("There is nothing here", "The address may have a slip in it, or what was here has moved away."),
    429: ("A little patience, please", "There were many tries. Please wait a while."),
    500: ("Something broke", "That was not your doing. Please try again; the studio's log says more."),
    503: ("The studio is not ready", "Something has to be put right first. The studio's terminal says what."),
}
_HEADINGS: Final = {401: "Please sign in", 503: "The studio is full"}
"""For errors that a visitor can do something about."""


def show_page(handler: web.RequestHandler, template: str, title: str, **values: Any) -> None:
    """Answer with one of our pages.

    Args:
        handler: Who answers; its status is kept.
        template: File of the template.
        title: The page's heading.
        values: What else the template needs.
    """
    for name, value in _PAGE_HEADERS.items():
        handler.set_header(name, value)
    base_url = handler.settings.get("base_url", "/")
    handler.finish(
        _templates().get_template(template).render(title=title, base_url=base_url, static=base_url + _STATIC, **values)
    )


def show_notice(
    handler: web.RequestHandler, status: int, heading: str, sentence: str, link: Link | None = HOME
) -> None:
    """Answer with a notice.

    Args:
        handler: Who answers.
        status: The HTTP status.
        heading: What happened, in a few words.
        sentence: What to do.
        link: The one way on; None where there is none.
    """
    handler.set_status(status)
    if link is not None:
        link = link._replace(address=handler.settings.get("base_url", "/") + link.address)
    show_page(handler, "message.html", heading, sentence=sentence, link=link)


def show_error(handler: web.RequestHandler, error: StorymakerError) -> None:
    """Answer with what an error says, or with less: what is wrong with the machine is for its owner's terminal."""
    status = status_of(error)
    if error.code in ("busy", "too-many", "access", "not-found", "invalid"):
        heading = _HEADINGS.get(status) or _SENTENCES.get(status, _SENTENCES[400])[0]
        show_notice(handler, status, heading, error.message)
        return
    log.error("%s", error.message)
    status = 503 if status in (503, 507) else 500
    show_notice(handler, status, *_SENTENCES[status])


class FriendlyErrors(web.RequestHandler):
    """For handlers of pages: whatever goes wrong is a notice."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a refusal, or an error that nobody caught."""
        status = status_code if status_code in _SENTENCES else 500 if status_code >= 500 else 400
        show_notice(self, status_code, *_SENTENCES[status])


class NothingHere(FriendlyErrors):
    """Answers every address that is none of ours."""

    def prepare(self) -> None:
        """Refuse, whatever is asked and whoever asks."""
        raise web.HTTPError(404)


class StaticFiles(web.StaticFileHandler):
    """The look of the pages, for everybody: a login page has it too."""

    def set_extra_headers(self, path: str) -> None:
        """Say what may be done with a file."""
        for name in ("Cross-Origin-Resource-Policy", "X-Content-Type-Options"):
            self.set_header(name, SECURITY_HEADERS[name])
        self.set_header("Cache-Control", f"max-age={_DAY}" if path.endswith(".ttf") else "no-cache")


def static_handlers() -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """What serves the style sheet, its pictures, and the typeface of titles, which is that of the printed books."""
    titles = next(face for face in find_typefaces().faces if face.family == FREDOKA)
    return [
        (rf"/{_STATIC}(Fredoka[\w%,.-]*\.ttf)", StaticFiles, {"path": str(titles.folder)}),
        (rf"/{_STATIC}([\w.-]+)", StaticFiles, {"path": str(_FOLDER / "static")}),
    ]


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
