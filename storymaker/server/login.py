"""The pages for coming and going: sign in, sign out, and the link that is good once."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from markupsafe import Markup

from storymaker.contract.problems import status_of
from storymaker.errors import AccessError, BusyError, StorymakerError
from storymaker.server.notices import FriendlyErrors, Link, show_error, show_notice, show_page

if TYPE_CHECKING:
    from storymaker.server.access import Grant, Identity
    from storymaker.server.identity import FamilyIdentity
    from storymaker.server.parts import Parts

log = logging.getLogger(__name__)

_WELCOME: Final = "Welcome"
_LOOK: Final = (
    "Please look in the terminal where the studio runs: it shows a link that opens the studio once. "
    "After that, this browser is let in by itself."
)
_OUT: Final = "Your books are safe. To come back, open the fresh link that the studio shows in its terminal."
_SIGN_IN: Final = Link("login", "Sign in")

# Plain names between single slashes, and a query without anything a browser or proxy could read as another site.
_OWN_PATH: Final = re.compile(r"(?=/)(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?(?:\?[A-Za-z0-9._~!$&()*+,;=:@/?%-]*)?")
_LONGEST_PATH: Final = 2000


class _Door(FriendlyErrors, JupyterHandler):
    """What these pages share."""

    @property
    def parts(self) -> Parts:
        """What the studio is made of."""
        parts: Parts = self.settings["storymaker"]
        return parts


class LoginHandler(_Door):
    """The page where a family signs in."""

    _signing_in: asyncio.Future[Grant] | None = None

    @allow_unauthenticated
    def get(self) -> None:
        """Show the form; in a studio without users say where the link is."""
        try:
            if self.current_user:
                self.redirect(own_path(self.get_query_argument("next", ""), self.base_url))
            elif self.parts.access.open_house:
                show_notice(self, 200, _WELCOME, _LOOK, None)
            else:
                self._show(self.get_query_argument("next", ""))
        except StorymakerError as error:
            show_error(self, error)

    @allow_unauthenticated
    async def post(self) -> None:
        """Take the form."""
        name = self.get_body_argument("username", "")
        password = self.get_body_argument("password", "", strip=False)
        following = self.get_body_argument("next", "")
        address, device = str(self.request.remote_ip), _doorman(self).device(self)
        self._signing_in = asyncio.ensure_future(self.parts.access.sign_in(name, password, address, device))
        try:
            grant = await self._signing_in
        except asyncio.CancelledError:  # nobody is there to hear of it
            return
        except (AccessError, BusyError) as error:
            self.set_status(status_of(error))
            self._show(following, name, error.message)
        except StorymakerError as error:
            show_error(self, error)
        else:
            _doorman(self).let_in(self, grant)
            _doorman(self).remember_device(self, self.parts.access.name_device(grant.token))
            self.redirect(own_path(following, self.base_url), status=303)

    def on_connection_close(self) -> None:
        """The browser hung up: its password need not be compared any more."""
        super().on_connection_close()
        if self._signing_in is not None:
            self._signing_in.cancel()

    def _show(self, following: str, name: str = "", trouble: str = "") -> None:
        show_page(
            self,
            "login.html",
            "Sign in",
            heading=_WELCOME,
            next=own_path(following, self.base_url),
            username=name[:200],
            trouble=trouble,
            xsrf=Markup(self.xsrf_form_html()),  # noqa: S704 - tornado's own markup
        )


class LogoutHandler(_Door):
    """Where a sign-in ends, with every page that was opened under it."""

    @allow_unauthenticated
    async def post(self) -> None:
        """Sign out, and say so."""
        identity = getattr(self, "identity", None)
        _doorman(self).clear_login_cookie(self)
        try:
            if identity is not None:
                await self._end(identity)
            users = not self.parts.access.open_house
        except StorymakerError as error:
            show_error(self, error)
            return
        # Pictures are kept by browsers for a while; on a shared computer they are not for whoever comes next.
        self.set_header("Clear-Site-Data", '"cache"')
        sentence, link = ("Your books are safe.", _SIGN_IN) if users else (_OUT, None)
        show_notice(self, 200, "You are signed out", sentence, link)

    async def _end(self, identity: Identity) -> None:
        try:
            await asyncio.to_thread(self.parts.access.sign_out, identity)
        finally:
            await self.parts.pages.close_session(identity.session)


async def enter_by_link(handler: JupyterHandler) -> bool:
    """Let in whoever opens the page by the link from the terminal; called first thing, before anybody has to sign in.

    Args:
        handler: Of the page.

    Returns:
        Whether this was such a link; then the answer is given already.
    """
    tokens = handler.get_query_arguments("token")
    if not tokens:
        return False
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("Referrer-Policy", "no-referrer")
    parts: Parts = handler.settings["storymaker"]
    try:
        _doorman(handler).let_in(handler, parts.access.redeem(tokens[-1]))
    except AccessError as error:
        if not handler.current_user:
            house_open = parts.access.open_house
            show_notice(handler, 403, "This link is spent", error.message, None if house_open else _SIGN_IN)
            return True
    except StorymakerError as error:
        show_error(handler, error)
        return True
    rest = [
        (name, value) for name, value in parse_qsl(handler.request.query, keep_blank_values=True) if name != "token"
    ]
    handler.redirect(handler.base_url + ("?" + urlencode(rest) if rest else ""))
    return True


def own_path(path: str, home: str) -> str:
    """Where to go after signing in: the path that was asked for, if it is plainly one of ours.

    Args:
        path: As it came in an address or a form.
        home: Where to go otherwise.
    """
    return path if path and len(path) <= _LONGEST_PATH and _OWN_PATH.fullmatch(path) else home


def _doorman(handler: JupyterHandler) -> FamilyIdentity:
    doorman: FamilyIdentity = handler.identity_provider  # type: ignore[assignment]
    return doorman
