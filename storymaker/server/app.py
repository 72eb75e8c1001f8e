"""The Story Studio: one notebook as a page, the API beside it, and nothing else that Voila or Jupyter could serve."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from pathlib import Path
from socket import socket
from typing import Any, Final

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.configuration import VoilaConfiguration

from storymaker.contract.page import SESSION_PATH
from storymaker.errors import SetupError, StorymakerError
from storymaker.server import api
from storymaker.server.access import Access
from storymaker.server.address import Address
from storymaker.server.connections import CONNECTIONS_EACH, BoundedServer, bound_upload
from storymaker.server.families import Families
from storymaker.server.frames import MESSAGE_MAX
from storymaker.server.frontend import FrontEnd
from storymaker.server.identity import SAME_SITE_SETTINGS, FamilyIdentity, KernelAuthorizer
from storymaker.server.kernels import NativeKernel, StudioKernelManager
from storymaker.server.logs import log_request
from storymaker.server.notices import SECURITY_HEADERS, NothingHere, static_handlers
from storymaker.server.pages import OpenPages
from storymaker.server.parts import Parts
from storymaker.server.rendering import ReadyPages, StudioRenderer
from storymaker.server.visits import Goodbye, KernelModel, KernelSession, KernelSocket, PageEnd, StudioPage
from storymaker.server.worker import WorkerProcess
from storymaker.settings import Settings
from storymaker.workshop import Workshop

log = logging.getLogger(__name__)

_ROOM: Final = Path(__file__).parent
_NOTEBOOK: Final = "story_studio.ipynb"
_KERNEL: Final = r"(?P<kernel_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_MESSAGES: Final = ("comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request")
"""What a browser may say to its kernel: what widgets need, and no code."""
_READY_PAGES: Final = 1
_CULL_SECONDS_MAX: Final = 30
_PING_SECONDS: Final = 30.0
_YEAR: Final = 365 * 24 * 3600
_LOOPBACK: Final = "127.0.0.1"
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' blob:",  # widgets of our own arrive as modules in memory
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = SECURITY_HEADERS | {
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


class StoryStudio(Voila):  # type: ignore[misc]
    """Voila with our doors and none of its own; no file of the working folder or of somebody's home changes it.

    Args:
        settings: Of the studio.
        address: Where it listens.
        access: Who may come in.
        worker: The process that runs jobs.
    """

    name = "storystudio"
    identity_provider_class = FamilyIdentity
    authorizer_class = KernelAuthorizer

    def __init__(self, settings: Settings, address: Address, access: Access, worker: WorkerProcess) -> None:
        # The manager's own rule, idle since the last message, is not ours: it is only asked to look so often.
        look = max(1, min(_CULL_SECONDS_MAX, round(settings.page_idle_seconds / 4)))
        super().__init__(
            log=log,
            notebook_path=str(notebook_path()),
            config=Config(
                VoilaConfiguration={
                    "template": "storymaker",
                    "allow_template_override": "NO",
                    "allow_theme_override": "NO",
                    "multi_kernel_manager_class": StudioKernelManager,
                    "kernel_spec_manager_class": NativeKernel,
                },
                MappingKernelManager={
                    "cull_idle_timeout": look,
                    "cull_interval": look,
                    "transport_encryption": "auto",  # other users of this machine could listen in
                },
                KernelRestarter={"restart_limit": 0},  # a kernel started again would be empty, and silent about it
            ),
        )
        self._address = address
        self._idle_seconds = settings.page_idle_seconds
        self._page_memory_mb = settings.page_memory_mb
        self._front_end = FrontEnd()
        self._servers: list[HTTPServer] = []
        self.parts = Parts(
            access=access,
            families=Families(Workshop(settings=settings, runs_jobs=False), lambda: worker.state),
            pages=OpenPages(
                self._end,
                self._stands,
                at_once=settings.pages_at_once,
                # A family alone in its own house has all of them.
                each=lambda: settings.pages_at_once if self._is_open_house() else settings.pages_each,
                idle_seconds=settings.page_idle_seconds,
            ),
            worker=worker,
        )

    async def _end(self, kernel_id: str) -> None:
        await self.kernel_manager.end(kernel_id)

    def _is_open_house(self) -> bool:
        try:
            return self.parts.access.open_house
        except StorymakerError:  # a file that cannot be read just now
            return False

    def _stands(self, user_id: str, session: str) -> bool:
        try:
            return self.parts.access.stands(user_id, session)
        except StorymakerError as error:  # a file that cannot be read just now closes nobody's page
            log.warning("%s", error.message)
            return True

    # From beginning to end

    async def open(self, sockets: list[socket]) -> None:
        """Begin to answer, and to make the first page ready.

        Args:
            sockets: Where browsers come in.
        """
        inner = bind_sockets(0, _LOOPBACK)  # for kernels: plain, whatever the browsers' side has
        self.build(f"http://{_LOOPBACK}:{inner[0].getsockname()[1]}")
        # All that comes by a proxy has one address.
        each = 0 if self._address.behind_proxy else CONNECTIONS_EACH
        outer = BoundedServer(self.app, ssl_options=self._address.tls(), connections_each=each)
        outer.add_sockets(sockets)
        kernels = BoundedServer(self.app, connections_each=0)
        kernels.add_sockets(inner)
        self._servers = [outer, kernels]
        self.ready_pages.fill()

    def build(self, server: str) -> None:
        """Put the web application together.

        Args:
            server: Where kernels reach it.
        """
        # Not initialize(): it reads configuration files and command lines, and takes SIGTERM for itself.
        self.voila_configuration = VoilaConfiguration(parent=self)
        self.setup_template_dirs()
        self.connection_dir = tempfile.mkdtemp(prefix="storymaker-")
        settings = self.init_settings()
        self.kernel_manager.pages = self.parts.pages
        self.kernel_manager.memory_mb = self._page_memory_mb
        self.kernel_manager.allowed_message_types = list(_MESSAGES)
        self.kernel_manager.server = server
        self.ready_pages = ReadyPages(self.kernel_manager, self._renderer, _READY_PAGES)
        self.app = _Doors(self._address, self.init_handlers(), **settings)

    async def close(self) -> None:
        """Stop answering, end every kernel and the worker."""
        for server in self._servers:
            server.stop()
        await asyncio.gather(self._end_kernels(), self.parts.worker.stop())
        self.parts.access.close()
        self.parts.families.close()
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    async def _end_kernels(self) -> None:
        if self._servers:
            await self.ready_pages.close()
            await asyncio.gather(*(self._end(kernel_id) for kernel_id in self.kernel_manager.list_kernel_ids()))

    # What Voila asks its subclasses

    def setup_template_dirs(self) -> None:
        """Our template alone."""
        self.template_paths = [str(_ROOM / "templates" / "storymaker")]

    def init_settings(self) -> dict[str, Any]:
        """What handlers find in their settings."""
        settings: dict[str, Any] = super().init_settings()
        return (
            settings
            | SAME_SITE_SETTINGS
            | {
                "storymaker": self.parts,
                "headers": _HEADERS,
                "allow_unauthenticated_access": False,
                "allow_remote_access": not self._address.is_local or self._address.behind_proxy,
                "xsrf_cookies": True,
                "xsrf_cookie_kwargs": {"samesite": "Lax"},
                "compress_response": True,
                "websocket_compression_options": {},  # a kernel says the same headers over and over
                "websocket_max_message_size": MESSAGE_MAX,
                "websocket_ping_interval": min(_PING_SECONDS, self._idle_seconds),
                "log_function": log_request,
                "default_handler_class": NothingHere,
            }
        )

    def init_handlers(self) -> list[Any]:
        """Every door there is: what is not here, of Voila's and Jupyter's, is not served."""
        return [
            (r"/", StudioPage, {"ready": self.ready_pages}),
            (rf"/api/kernels/{_KERNEL}", KernelModel),
            (rf"/api/kernels/{_KERNEL}/channels", KernelSocket),
            (rf"/voila/api/shutdown/{_KERNEL}", Goodbye),
            (rf"/studio/ended/{_KERNEL}", PageEnd),
            (SESSION_PATH, KernelSession),
            *static_handlers(),
            *self._front_end.handlers(),
            *self.identity_provider.get_handlers(),
            *api.handlers(),
        ]

    def _renderer(self) -> StudioRenderer:
        return StudioRenderer(
            voila_configuration=self.voila_configuration,
            traitlet_config=self.config,
            notebook_path=self.notebook_path,
            template_paths=self.template_paths,
            contents_manager=self.contents_manager,
            base_url=self.base_url,
            kernel_spec_manager=self.kernel_spec_manager,
            page_config=self._front_end.page_config | {"signOut": not self.parts.access.open_house},
        )


class _Doors(web.Application):
    """Turns away, at every door, who asks for another host than ours or from another site, and finds out who asks behind a proxy."""

    def __init__(self, address: Address, handlers: list[Any], **settings: Any) -> None:
        super().__init__(handlers, **settings)
        self._address = address
        if address.is_encrypted:
            self.add_transform(_OnlyEncrypted)

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        if self._address.behind_proxy:  # tornado itself would believe several headers, one over the other
            request.remote_ip = self._address.find_caller(request.headers, str(request.remote_ip))
            request.protocol = "https"
        # Before anything of it is parsed or logged.
        if not self._address.admits(request.host) or _is_from_elsewhere(request):
            return self.get_handler_delegate(request, web.ErrorHandler, {"status_code": 403})
        handler = super().find_handler(request, **kwargs)
        if handler.handler_class is api.ApiHandler:
            bound_upload(request, handler.handler_kwargs["routes"].get(str(request.method)))
        return handler


def _is_from_elsewhere(request: HTTPServerRequest) -> bool:
    """Whether a page of another site makes its browser ask. Programs name no origin."""
    origin = request.headers.get("Origin")
    return origin is not None and origin.lower().partition("://")[2] != request.host.lower()


class _OnlyEncrypted(web.OutputTransform):
    """Tells browsers to come by TLS alone for a year."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the header to every answer."""
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        return status_code, headers, chunk


def notebook_path() -> Path:
    """The page's notebook: the checkout's, or the one that came with the package.

    Raises:
        SetupError: If there is none.
    """
    for folder in (_ROOM.parents[1] / "notebooks", _ROOM):
        if (folder / _NOTEBOOK).is_file():
            return folder / _NOTEBOOK
    raise SetupError("Storymaker is not installed properly: its page is missing. Please install it again.")
