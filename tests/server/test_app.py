"""The studio as a whole: its doors, its page, its headers, and what it tells whom."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from storymaker.server.access import Access
from storymaker.server.address import Address
from storymaker.server.app import StoryStudio
from storymaker.server.tokens import Signer
from storymaker.server.users import UserStore
from storymaker.server.worker import WorkerProcess
from storymaker.settings import Settings, private_folder
from tests.server.real import Studio, until

NOT_OURS = "11111111-2222-3333-4444-555555555555"
STOCK = (
    "/api/kernels", "/api/kernelspecs", "/api/contents", "/api/sessions", "/api/terminals", "/api/config/x", "/api/status",
    "/api/me", "/api/spec.yaml", "/api/events", "/lab", "/tree", "/notebooks/x", "/files/x", "/nbconvert/html/x",
    "/voila", "/voila/tree", "/voila/tree/", "/voila/render/story_studio.ipynb", "/voila/api/contents", "/voila/api/contents/",
    "/voila/api/themes/x", f"/voila/query/{NOT_OURS}", f"/voila/execution/{NOT_OURS}", "/voila/files/story_studio.ipynb",
    "/voila/files/../app.py", "/voila/templates/lab/static/voila.js", "/voila/templates/base/static/voila.js",
    "/voila/static/voila.js", "/voila/labextensions/", "/story_studio.ipynb", "/app.py", "/static/style/style.min.css",
    "/studio/static/", "/studio/static/../app.py", "/studio/static/%2e%2e/app.py", "/studio/static/..%2fapp.py",
    f"/api/kernels/{NOT_OURS}/restart", f"/api/kernels/{NOT_OURS}/interrupt",
)  # fmt: skip


@pytest.fixture
def built(settings: Settings) -> Iterator[StoryStudio]:
    """The web application, put together but not started."""
    home = private_folder(settings.home)
    made = StoryStudio(settings, Address(), Access(UserStore(home), Signer(home)), WorkerProcess(settings))
    made.build("http://127.0.0.1:1")
    yield made
    made.parts.families.close()
    Path(made.connection_dir).rmdir()


def test_these_doors_and_no_others(built: StoryStudio) -> None:
    """A new version of Voila or Jupyter cannot bring in a door that nobody looked at."""
    api = re.compile(r"/api/(?!kernels)|/api\(")
    doors = [(door[0], door[1].__name__) for door in built.init_handlers()]
    edition = re.compile(r"[0-9a-f]{12}")
    kernel = r"(?P<kernel_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    assert [(edition.sub("EDITION", path), name) for path, name in doors if not api.match(path)] == [
        ("/", "StudioPage"),
        (f"/api/kernels/{kernel}", "KernelModel"),
        (f"/api/kernels/{kernel}/channels", "KernelSocket"),
        (f"/voila/api/shutdown/{kernel}", "Goodbye"),
        (f"/studio/ended/{kernel}", "PageEnd"),
        ("/studio/session", "KernelSession"),
        (r"/studio/static/(Fredoka[\w%,.-]*\.ttf)", "StaticFiles"),
        (r"/studio/static/([\w.-]+)", "StaticFiles"),
        ("/voila/static/EDITION/(.*)", "VoilaFiles"),
        ("/voila/labextensions/EDITION/@voila-dashboards/widgets-manager8/(static/.*)", "VoilaFiles"),
        ("/voila/labextensions/EDITION/@jupyter-widgets/jupyterlab-manager/(static/.*)", "VoilaFiles"),
        *(
            (f"/voila/labextensions/EDITION/{name}/(static/.*)", "VoilaFiles")
            for name in ("anywidget", "bqscales", "bqplot", "ipydatagrid")
        ),
        (r"/voila/labextensions/EDITION/storymaker/(late\.js)", "VoilaFiles"),
        ("/login", "LoginHandler"),
        ("/logout", "LogoutHandler"),
    ]
    assert {name for path, name in doors if api.match(path)} == {"ApiHandler"}


def test_the_settings_that_keep_it_closed(built: StoryStudio) -> None:
    """What tornado and Jupyter are told."""
    settings = built.app.settings
    assert settings["xsrf_cookies"] is True
    assert settings["allow_unauthenticated_access"] is False
    assert settings["allow_remote_access"] is False
    assert settings["allow_origin"] == ""
    assert settings["compress_response"] is True
    assert settings["websocket_max_message_size"] == 24 * 1024 * 1024
    allowed = set(built.kernel_manager.allowed_message_types)
    assert allowed == {"comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"}
    assert built.voila_configuration.allow_template_override == "NO"
    assert built.voila_configuration.allow_theme_override == "NO"
    assert built.voila_configuration.strip_sources
    assert not built.voila_configuration.show_tracebacks
    assert built.voila_configuration.http_header_envs == []


def test_the_page(local_studio: Studio) -> None:
    """Its frame says what it is; its code, and every address elsewhere, stay out of it."""
    page = local_studio.visit(local_studio.local()).html
    assert "<title>Story Studio</title>" in page
    assert '<html lang="en">' in page
    assert '<main id="rendered_cells"' in page
    assert "cell-output+json" in page
    assert "import show" not in page
    assert "Traceback" not in page
    assert not re.search(r"""(?:src|href)=["'](?!/)""", page)
    assert not re.search(r"https?://", page)


def test_everything_the_page_asks_for_is_there(local_studio: Studio) -> None:
    """Scripts, styles, icon; each with its own type and no guessing."""
    page = local_studio.visit(local_studio.local()).html
    addresses = set(re.findall(r'(?:src|href)="(/[^"]+)"', page))
    assert len(addresses) >= 6
    for address in addresses:
        answer = local_studio.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", STOCK)
def test_what_voila_and_jupyter_serve_elsewhere_is_not_here(local_studio: Studio, path: str) -> None:
    """Not even for the family itself, by no method; the address is sent as it stands."""
    session = local_studio.local()
    if "_xsrf" not in session.cookies:  # whichever of these tests comes first: a page gives it
        local_studio.leave(local_studio.visit(session))
    for method in ("GET", "POST"):
        asked = requests.Request(method, local_studio.url, headers={"X-XSRFToken": str(session.cookies.get("_xsrf"))})
        prepared = session.prepare_request(asked)
        prepared.url = local_studio.url + path
        answer = session.send(prepared, allow_redirects=False, timeout=20)
        assert answer.status_code in (404, 405), (method, path, answer.text)
        assert "import show" not in answer.text


def test_security_headers_of_pages(local_studio: Studio) -> None:
    """On the page, on the login page, on an address that is none."""
    session = local_studio.local()
    page = session.get(f"{local_studio.url}/", timeout=60)
    for answer in (page, local_studio.get("/login"), local_studio.get("/nowhere", session)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert not re.search(r"script-src[^;]*'unsafe", policy)
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/login", "/studio/static/style.css", "/api/health", f"/api/kernels/{NOT_OURS}/channels", "/nowhere"]
)
def test_another_hosts_name_is_turned_away_at_every_door(local_studio: Studio, path: str) -> None:
    """A stranger's page whose name was made to point at this machine gets nothing, not even a style sheet."""
    port = local_studio.url.rpartition(":")[2]
    for host in (f"evil.example:{port}", "evil.example", f"127.0.0.1.evil.example:{port}", ""):
        answer = local_studio.get(path, local_studio.local(), headers={"Host": host})
        assert answer.status_code in (400, 403), host
    assert local_studio.get("/api/health", headers={"Host": f"localhost:{port}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "embed"},
        {"Sec-Fetch-Dest": "object"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Dest": "document"},
    ],
)
def test_only_a_visit_gets_a_kernel(local_studio: Studio, headers: dict[str, str]) -> None:
    """A page within a page, an address used as a picture's, a browser's look ahead."""
    answer = local_studio.get("/", local_studio.local(), headers=headers)
    assert answer.status_code == 403
    assert "kernelId" not in answer.text


def test_a_stranger_is_sent_to_the_login_page(local_studio: Studio) -> None:
    """With the address they wanted, so that they get there in the end."""
    answer = local_studio.get("/?book=abc")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=%2F%3Fbook%3Dabc"


def test_a_link_lets_in_once_and_a_fresh_one_is_shown(local_studio: Studio) -> None:
    """Each link is printed once; the one that was used is of no use to who reads over a shoulder."""
    link = local_studio.fresh_link()
    before = len(local_studio.printed)
    first = requests.get(link, timeout=20, allow_redirects=False)
    assert first.status_code == 302
    assert first.headers["Location"] == "/"
    assert "storymaker-session" in first.headers["Set-Cookie"]
    until(lambda: len(local_studio.printed) == before + 1)
    assert local_studio.printed[-1].startswith("For another browser: http://127.0.0.1:")
    again = requests.get(link, timeout=20, allow_redirects=False)
    assert again.status_code == 403
    assert "Set-Cookie" not in again.headers or "storymaker-session" not in again.headers["Set-Cookie"]


def test_the_link_is_printed_once_in_a_form_that_is_a_promise(local_studio: Studio) -> None:
    """Whoever starts the studio from a program reads this line."""
    assert re.fullmatch(r"Story Studio: http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", local_studio.printed[0])
    assert sum(line.startswith("Story Studio:") for line in local_studio.printed) == 1


def test_nothing_secret_is_logged(local_studio: Studio) -> None:
    """Not the token of a link, not even of one that is none, not a password, not a cookie."""
    local_studio.get("/?token=a-token-that-is-none")
    local_studio.get("/nowhere?token=a-token-that-is-none")
    session = local_studio.local()
    session.post(f"{local_studio.url}/api/token", json={"username": "x", "password": "a-pass-word"}, timeout=20)
    local_studio.get("/api/books", headers={"Authorization": "Bearer a-token-that-is-none"})
    secrets = ["a-token-that-is-none", "a-pass-word", *(str(cookie.value) for cookie in session.cookies)]
    secrets += re.findall(r"token=([\w-]+)", "\n".join(local_studio.printed))
    assert not [secret for secret in secrets if secret in local_studio.log]


def test_a_first_answer_is_compressed_and_kept(local_studio: Studio) -> None:
    """Half a dozen megabytes of scripts cross once, small."""
    page = local_studio.visit(local_studio.local()).html
    (address,) = set(re.findall(r'src="(/voila/static/[^"]+/voila\.js)"', page))
    answer = local_studio.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_request_larger_than_all_is_refused_without_harm(local_studio: Studio) -> None:
    """More than the largest photo and its form could be."""
    port = int(local_studio.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(b"POST /api/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n")
        assert b"400" in wire.recv(1000).split(b"\r\n")[0]
    assert local_studio.health()["status"] == "ok"
