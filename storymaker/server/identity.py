"""Our rules of access, as Jupyter's server asks for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jupyter_server.auth import Authorizer, IdentityProvider, User
from tornado import web
from tornado.websocket import WebSocketHandler
from traitlets import default

from storymaker.errors import StorymakerError

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

    from storymaker.server.access import Grant, Identity
    from storymaker.server.parts import Parts

SAME_SITE_SETTINGS: Final = {"allow_origin": "", "allow_origin_pat": r"(?!)", "allow_credentials": False}
"""For the web application: Jupyter lets any site read the answer to a call with a token, unless some pattern of sites is
set. This one fits none."""

_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9_.-]+) *", re.IGNORECASE)
_SCHEME: Final = re.compile(r"Bearer\b", re.IGNORECASE)


class FamilyIdentity(IdentityProvider):
    """Finds out who asks: by the header ``Authorization: Bearer …`` if there is such a header at all, else by the cookie.

    Handlers of the HTTP API say ``takes_kernel_tokens = True``; everything else is closed to kernels.
    """

    @default("token")
    def _token_default(self) -> str:
        # Jupyter's own token, in its log and in JUPYTER_TOKEN, opens nothing here.
        return ""

    def get_user(self, handler: web.RequestHandler) -> User | None:
        """Who asks; the identity is kept on ``handler.identity``.

        Raises:
            web.HTTPError: 503 if nobody can be identified now, for a file that this needs is damaged.
        """
        try:
            identity = self._identity(handler)
        except StorymakerError as error:
            self.log.error("nobody can come in: %s", error.message)  # noqa: TRY400 - the sentence says it all
            handler.current_user = handler.identity = None  # type: ignore[attr-defined]
            raise web.HTTPError(503) from error
        handler.identity = identity  # type: ignore[attr-defined]
        if identity is None:
            return None
        return User(username=identity.user_id, name=identity.name or identity.user_id)

    def _identity(self, handler: web.RequestHandler) -> Identity | None:
        parts: Parts = handler.settings["storymaker"]
        header = handler.request.headers.get("Authorization")
        if header is None:
            cookie = handler.get_cookie(self.get_cookie_name(handler))
            return parts.access.identify(cookie) if cookie else None
        # A browser adds this scheme for nobody, so whoever sends it needs no proof against cross-site requests. That a
        # token is bad never makes the cookie count instead.
        handler._token_authenticated = bool(_SCHEME.match(header))  # type: ignore[attr-defined]
        bearer = _BEARER.fullmatch(header)
        if bearer is None:
            return None
        to_kernels = getattr(handler, "takes_kernel_tokens", False) and not isinstance(handler, WebSocketHandler)
        return parts.access.identify(bearer[1], kernel_owner=parts.pages.owner if to_kernels else None)

    # The cookie

    def get_cookie_name(self, handler: web.RequestHandler) -> str:
        """One name for each port: browsers show a cookie to every server on the same machine."""
        if self.cookie_name:
            return str(self.cookie_name)
        port = re.search(r":(\d{1,5})$", handler.request.host)
        secure = handler.request.protocol == "https"
        return f"storymaker-session-{port[1] if port else 443 if secure else 80}"

    def let_in(self, handler: web.RequestHandler, grant: Grant) -> None:
        """Give a browser its session's cookie."""
        self._set_cookie(handler, self.get_cookie_name(handler), grant)

    def device(self, handler: web.RequestHandler) -> str:
        """Tell by which cookie this device is known again; empty if it never was here."""
        return handler.get_cookie(self._device_cookie(handler)) or ""

    def remember_device(self, handler: web.RequestHandler, grant: Grant) -> None:
        """Give a browser the cookie by which it is known again; signing out leaves it there."""
        self._set_cookie(handler, self._device_cookie(handler), grant)

    def _device_cookie(self, handler: web.RequestHandler) -> str:
        return f"{self.get_cookie_name(handler)}-device"

    def _set_cookie(self, handler: web.RequestHandler, name: str, grant: Grant) -> None:
        secure = handler.request.protocol == "https" if self.secure_cookie is None else self.secure_cookie
        handler.set_cookie(
            name,
            grant.token,
            max_age=grant.seconds,
            path=handler.settings.get("base_url", "/"),
            httponly=True,
            samesite="Lax",
            secure=bool(secure),
        )

    def get_handlers(self) -> list[tuple[str, Any]]:
        """The pages for coming and going."""
        from storymaker.server.login import LoginHandler, LogoutHandler

        return [(r"/login", LoginHandler), (r"/logout", LogoutHandler)]


class KernelAuthorizer(Authorizer):
    """Denies all but this: a family may use the kernels of its own pages."""

    def is_authorized(self, handler: JupyterHandler, user: User, action: str, resource: str) -> bool:
        """Whether somebody may do this to a kernel."""
        kernel_id = handler.path_kwargs.get("kernel_id")
        identity: Identity | None = getattr(handler, "identity", None)
        if resource != "kernels" or action not in ("read", "execute") or not kernel_id:
            return False
        if identity is None or identity.kernel is not None or identity.user_id != user.username:
            return False
        parts: Parts = handler.settings["storymaker"]
        return parts.pages.owner(kernel_id) == identity.user_id
