"""Kernels of pages: whose they are, what they know, and that they go."""

from __future__ import annotations

import json
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from storymaker.child import plain_environment
from storymaker.contract.values import PageSession
from tests.server.real import Studio, Visit, kill, settled_files, studio, until

NOT_THERE = str(uuid.UUID(int=1))


@pytest.fixture
def page(local_studio: Studio) -> Iterator[Visit]:
    """A page that the family has open; closed at the end."""
    opened = local_studio.visit(local_studio.local(), "?book=abc")
    yield opened
    local_studio.leave(opened)


@pytest.fixture
def families(small_studio: Studio) -> Iterator[tuple[Visit, requests.Session]]:
    """A page of Ada's, and Ben."""
    opened = small_studio.visit(small_studio.family("Ada"))
    yield opened, small_studio.family("Ben")
    small_studio.leave(opened)


def message(kind: str, content: dict[str, Any], channel: str = "shell", header_kind: str | None = None) -> str:
    """A message as a page's scripts send it."""
    header = {
        "msg_id": uuid.uuid4().hex, "msg_type": header_kind or kind, "username": "", "session": "test",
        "date": "2026-11-22T00:00:00Z", "version": "5.3",
    }  # fmt: skip
    return json.dumps(
        {"header": header, "msg_type": kind, "parent_header": {}, "metadata": {}, "content": content, "buffers": [],
         "channel": channel}
    )  # fmt: skip


def heard(wire: ClientConnection, *, until_kind: str) -> list[dict[str, Any]]:
    """Everything up to the first message of a kind."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["header"]["msg_type"] != until_kind:
        found.append(json.loads(wire.recv(timeout=20)))
    return found


# What they know


def test_the_environment_of_a_kernel_is_an_allow_list() -> None:
    """Keys and settings stay behind, whatever they are called."""
    wanted = {"PATH": "/bin", "HOME": "/home/x", "LANG": "C", "LC_ALL": "C", "TZ": "UTC", "PYTHONPATH": "/x"}
    unwanted = {
        "OPENAI_API_KEY": "sk-x", "STORYMAKER_HOME": "/h", "STORYMAKER_JOBS_DB": "postgresql://u:p@h/d", "PGPASSWORD": "x",
        "AWS_SECRET_ACCESS_KEY": "x", "PYTHONSTARTUP": "/x.py", "PYTHON_TOKEN": "x", "JPY_API_TOKEN": "x", "DISPLAY": ":0",
        "IPYTHONDIR": "/x", "JUPYTER_CONFIG_DIR": "/x", "JUPYTER_PATH": "/x", "MY_PATH": "/x", "HTTP_PROXY": "http://u:p@h",
    }  # fmt: skip
    assert plain_environment(wanted | unwanted) == wanted


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads the environment of another process in /proc")
def test_a_real_kernel_was_told_two_things_about_the_studio(tmp_path: Path) -> None:
    """Where it is, and a ticket; none of the server's secrets."""
    secrets = {"OPENAI_API_KEY": "sk-secret", "MY_PASSWORD": "secret", "STORYMAKER_BOOK_BUDGET": "7"}
    with studio(tmp_path, **secrets) as started:
        (kernel,) = until(started.kernels).values()
        told = until(lambda: Path(f"/proc/{kernel.pid}/environ").read_bytes()).decode().split("\0")
    names = {line.partition("=")[0] for line in told if line}
    assert {name for name in names if name.startswith("STORYMAKER")} == {"STORYMAKER_SERVER_URL", "STORYMAKER_TICKET"}
    ours = {"STORYMAKER_SERVER_URL", "STORYMAKER_TICKET", "IPYTHONDIR", "JUPYTER_NO_CONFIG", "JPY_PARENT_PID"}
    assert {name for name in names - ours if not plain_environment({name: ""})} == set()
    assert "secret" not in "".join(told)


def test_nothing_in_the_working_folder_or_at_home_changes_the_studio(tmp_path: Path) -> None:
    """Neither modules that bear the names of ours, nor settings, start-up files and templates of Jupyter's."""
    trap = "import pathlib; pathlib.Path({!r}).write_text('caught')\nraise SystemExit('caught')\n"
    caught = tmp_path / "caught"
    for name in ("voila", "tornado", "ipywidgets", "traitlets", "jupyter_server", "dbos"):
        (tmp_path / f"{name}.py").write_text(trap.format(str(caught)))
    home = tmp_path / "at-home"
    jupyter, share = home / ".jupyter", home / ".local" / "share" / "jupyter"
    started_up = home / ".ipython" / "profile_default"
    for folder in (jupyter / "labconfig", share / "kernels" / "python3", started_up / "startup",
                   share / "nbconvert" / "templates" / "storymaker", share / "voila" / "templates" / "storymaker",
                   share / "labextensions" / "intruder"):  # fmt: skip
        folder.mkdir(parents=True)
    (jupyter / "voila.json").write_text(
        json.dumps({"VoilaConfiguration": {"show_tracebacks": True, "template": "intruder"}})
    )
    (jupyter / "labconfig" / "page_config.json").write_text(json.dumps({"fullStaticUrl": "https://intruder.example"}))
    (started_up / "startup" / "00.py").write_text(trap.format(str(caught)))
    (share / "kernels" / "python3" / "kernel.json").write_text(
        json.dumps(
            {"argv": [sys.executable, "-c", trap.format(str(caught))], "display_name": "x", "language": "python"}
        )
    )
    for app in ("nbconvert", "voila"):
        (share / app / "templates" / "storymaker" / "index.html.j2").write_text("intruder")
    (share / "labextensions" / "intruder" / "package.json").write_text(
        json.dumps({"name": "intruder", "version": "1", "jupyterlab": {"_build": {"load": "x.js", "extension": "./x"}}})
    )
    own = {
        "HOME": str(home),
        "STORYMAKER_HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": "",
        "JUPYTER_CONFIG_DIR": str(jupyter),
    }
    with studio(tmp_path, **own) as started:
        page = started.visit(started.local()).html
        until(lambda: started.health()["worker"] == "up")
    assert "intruder" not in page
    assert "cell-output+json" in page
    assert not caught.exists()


# Whose they are


def test_a_kernel_is_told_whom_it_serves(local_studio: Studio) -> None:
    """With a ticket, good once; whoever has none is told nothing, cookie or not."""
    address = f"{local_studio.url}/studio/session"
    bodies: tuple[Any, ...] = ({"ticket": "x"}, {"ticket": ""}, {}, {"ticket": 7}, [], None)
    for body in bodies:
        refused = local_studio.local().post(address, json=body, timeout=20)
        assert refused.status_code in (400, 401), body
        assert refused.headers["Content-Type"] == "application/problem+json"
    assert local_studio.get("/studio/session").status_code == 405


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads the environment of another process in /proc")
def test_the_ticket_of_a_kernel_that_was_claimed_is_used_up(local_studio: Studio, page: Visit) -> None:
    """Whoever reads it in the environment of the process comes too late."""
    environ = Path(f"/proc/{local_studio.kernels()[page.kernel].pid}/environ").read_bytes().decode().split("\0")
    (ticket,) = [line.partition("=")[2] for line in environ if line.startswith("STORYMAKER_TICKET=")]
    answer = requests.post(f"{local_studio.url}/studio/session", json={"ticket": ticket}, timeout=30)
    assert answer.status_code == 401
    with pytest.raises(ValueError, match="validation"):
        PageSession.model_validate_json(answer.text)


def test_a_family_can_ask_about_its_own_kernel(local_studio: Studio, page: Visit) -> None:
    """That is what a page's scripts do first."""
    answer = local_studio.get(f"/api/kernels/{page.kernel}", page.session)
    assert answer.status_code == 200
    assert answer.json()["id"] == page.kernel


def test_another_familys_kernel_is_as_if_it_were_not_there(
    small_studio: Studio, families: tuple[Visit, requests.Session]
) -> None:
    """Asking, connecting, ending: the same answer, to the letter."""
    theirs, ben = families
    small_studio.get("/login", ben)
    proof = {"X-XSRFToken": str(ben.cookies["_xsrf"])}
    for method, path in (("GET", "/api/kernels/{}"), ("POST", "/voila/api/shutdown/{}"), ("DELETE", "/api/kernels/{}"),
                         ("PATCH", "/api/kernels/{}"), ("POST", "/api/kernels/{}")):  # fmt: skip
        answers = [
            ben.request(method, small_studio.url + path.format(kernel), headers=proof, timeout=20)
            for kernel in (theirs.kernel, NOT_THERE)
        ]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code == 404 if method in ("GET",) or "shutdown" in path else 405
        assert answers[0].text == answers[1].text
    for kernel in (theirs.kernel, NOT_THERE):
        with pytest.raises(InvalidStatus) as refused:
            small_studio.connect(ben, kernel)
        assert refused.value.response.status_code == 404
    assert small_studio.lives(theirs)


def test_a_stranger_gets_to_no_kernel(local_studio: Studio, page: Visit) -> None:
    """And is not told whether there is one."""
    for kernel in (page.kernel, NOT_THERE):
        assert local_studio.get(f"/api/kernels/{kernel}").status_code == 403
        assert requests.post(f"{local_studio.url}/voila/api/shutdown/{kernel}", timeout=20).status_code == 403
        with pytest.raises(InvalidStatus) as refused:
            local_studio.connect(requests.Session(), kernel)
        assert refused.value.response.status_code == 403
    assert local_studio.lives(page)


def test_a_kernel_that_waits_for_a_visitor_is_nobodys(local_studio: Studio) -> None:
    """Not even the family can connect to it."""
    local_studio.local()
    waiting = until(lambda: [k for k in local_studio.kernels() if not _is_open(local_studio, k)])
    with pytest.raises(InvalidStatus) as refused:
        local_studio.connect(local_studio.local(), waiting[0])
    assert refused.value.response.status_code == 404


def test_a_page_of_another_site_cannot_connect(local_studio: Studio, page: Visit) -> None:
    """A browser says where a script comes from."""
    for origin in ("http://evil.example", "null", local_studio.url.replace("127.0.0.1", "127.0.0.1.evil.example")):
        with pytest.raises(InvalidStatus) as refused:
            local_studio.connect(page.session, page.kernel, origin=origin)
        assert refused.value.response.status_code == 403
    with local_studio.connect(page.session, page.kernel, origin=local_studio.url):
        pass


def test_another_hosts_name_cannot_connect(local_studio: Studio, page: Visit) -> None:
    """Not with the right cookie either."""
    answer = local_studio.get(
        f"/api/kernels/{page.kernel}/channels",
        page.session,
        headers={"Host": "evil.example", "Upgrade": "websocket", "Connection": "Upgrade"},
    )
    assert answer.status_code == 403


def test_a_page_talks_to_its_widgets_and_runs_no_code(local_studio: Studio, page: Visit, tmp_path: Path) -> None:
    """Whichever channel, and whatever the message calls itself outside; the kernel answers what is allowed."""
    target = tmp_path / "caught"
    code = {"code": f"open({str(target)!r}, 'w').close()", "silent": False, "store_history": True,
            "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}  # fmt: skip
    with local_studio.connect(page.session, page.kernel, origin=local_studio.url) as wire:
        for sent in (
            message("execute_request", code),
            message("execute_request", code, "control"),
            message("kernel_info_request", code, header_kind="execute_request"),
            message("complete_request", {"code": "os.", "cursor_pos": 3}),
            message("inspect_request", {"code": "os", "cursor_pos": 2, "detail_level": 0}),
            message("debug_request", {"type": "request", "command": "debugInfo"}, "control"),
            message("shutdown_request", {"restart": False}, "control"),
            message("input_reply", {"value": "x"}, "stdin"),
            message("comm_info_request", {}),
        ):
            wire.send(sent)
        kinds = {part["header"]["msg_type"] for part in heard(wire, until_kind="comm_info_reply")}
    assert not kinds & {"execute_reply", "execute_input", "complete_reply", "inspect_reply", "debug_reply", "stream"}
    assert not target.exists()
    assert local_studio.lives(page)


@pytest.mark.parametrize("sent", ["", "not json", "{}", "[]", b"\x00\x01", b"\xff" * 64, '{"header": {"msg_type": 7}}'])
def test_a_message_that_is_none_harms_nobody(local_studio: Studio, page: Visit, sent: str | bytes) -> None:
    """At most the connection that it came by."""
    with local_studio.connect(page.session, page.kernel) as wire:
        wire.send(sent)
        try:
            wire.send(message("comm_info_request", {}))
            heard(wire, until_kind="comm_info_reply")
        except ConnectionClosed:
            pass
    assert local_studio.lives(page)
    assert local_studio.health()["status"] == "ok"


def _is_open(started: Studio, kernel: str) -> bool:
    return started.get(f"/api/kernels/{kernel}", started.local()).status_code == 200


# That they go


def test_a_page_that_says_goodbye_is_gone_at_once(local_studio: Studio) -> None:
    """Process and all; its proof is needed, for a page elsewhere could say goodbye for it."""
    opened = local_studio.visit(local_studio.local())
    forged = opened.session.post(f"{local_studio.url}/voila/api/shutdown/{opened.kernel}", timeout=20)
    assert forged.status_code == 403
    assert local_studio.lives(opened)
    assert local_studio.leave(opened).status_code == 204
    assert opened.kernel not in local_studio.kernels()
    assert not local_studio.lives(opened)
    assert local_studio.leave(opened).status_code == 404


def test_when_the_studio_is_full_a_visitor_reads_why(small_studio: Studio) -> None:
    """And when to come again; a page that is closed makes room."""
    session = small_studio.family("Ada")
    with ExitStack() as tabs:
        pages = [tabs.enter_context(small_studio.tab(session)) for _ in range(3)]
        full = small_studio.get("/", session)
        assert full.status_code == 503
        assert int(full.headers["Retry-After"]) > 0
        assert "Your family has as many pages of the Story Studio open as there may be" in full.text
        assert "kernelId" not in full.text
        assert small_studio.leave(pages[0]).status_code == 204
        tabs.enter_context(small_studio.tab(session))


def test_a_page_that_nobody_has_open_goes_by_itself(small_studio: Studio) -> None:
    """One that never connected, one that was closed hard; not one that is open, nor the one that waits for a visitor."""
    session = small_studio.family("Ada")
    with small_studio.tab(session) as connected, small_studio.tab(session) as closed:
        never = small_studio.visit(session)
        assert small_studio.lives(closed)
        small_studio.lose(closed)
        until(lambda: not {never.kernel, closed.kernel} & set(small_studio.kernels()), 15)
        until(lambda: not small_studio.lives(never) and not small_studio.lives(closed))
        assert small_studio.lives(connected)
        assert until(lambda: set(small_studio.kernels()) - {connected.kernel})


def test_a_browser_that_is_lost_without_a_word_is_found_out(small_studio: Studio) -> None:
    """It answers no ping: a laptop that was closed, a network that is gone."""
    session = small_studio.family("Ada")
    opened = small_studio.visit(session)
    host, port = small_studio.url.removeprefix("http://").split(":")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    lines = (
        f"GET /api/kernels/{opened.kernel}/channels?session_id=mute HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {cookies}",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )  # fmt: skip
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall("\r\n".join((*lines, "", "")).encode())
        assert b"101 Switching Protocols" in wire.recv(1000)
        until(lambda: opened.kernel not in small_studio.kernels(), 30)


def test_a_kernel_that_waits_for_a_visitor_waits_for_ever(small_studio: Studio) -> None:
    """It is older than any page may be, and serves its visitor all the same."""
    session = small_studio.family("Ada")
    opened = small_studio.visit(session)  # a page without a browser, by which to see the time pass
    waiting = until(lambda: set(small_studio.kernels()) - {opened.kernel})
    until(lambda: opened.kernel not in small_studio.kernels(), 15)
    assert waiting <= set(small_studio.kernels())
    served = small_studio.visit(session)
    assert served.kernel in waiting
    assert "cell-output+json" in served.html
    small_studio.leave(served)


def test_a_kernel_that_dies_is_forgotten_and_the_next_visit_is_served(local_studio: Studio) -> None:
    """One that somebody has open, and the one that waits; a page that was being made by it says so, and the next is whole."""
    opened = local_studio.visit(local_studio.local())
    with local_studio.connect(opened.session, opened.kernel) as wire:
        until(lambda: len(local_studio.kernels()) >= 2)
        for process in local_studio.kernels().values():
            kill(process)
        states = [part["content"]["execution_state"] for part in heard_status(wire)]
    assert states[-1] == "dead"
    until(lambda: not local_studio.lives(opened))
    again = until(lambda: whole_visit(local_studio))
    assert "cell-output+json" in again.html
    local_studio.leave(again)


def whole_visit(studio: Studio) -> Visit | None:
    """A page with a kernel; none where the page was torn by the death of its own."""
    try:
        return studio.visit(studio.local())
    except AssertionError:
        return None


def heard_status(wire: ClientConnection) -> list[dict[str, Any]]:
    """The states that a kernel was said to be in, up to its death."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["content"]["execution_state"] != "dead":
        found.append(heard(wire, until_kind="status")[-1])
    return found


def test_who_signs_out_leaves_no_page_behind(small_studio: Studio) -> None:
    """Nor does another sign-in of the same family lose one."""
    here, elsewhere = small_studio.family("Ada"), small_studio.family("Ada")
    with small_studio.tab(here) as mine, small_studio.tab(elsewhere) as other:
        assert mine.kernel in small_studio.kernels()
        here.post(f"{small_studio.url}/logout", data={"_xsrf": here.cookies["_xsrf"]}, timeout=20)
        assert mine.kernel not in small_studio.kernels()
        assert small_studio.lives(other)


def test_who_is_removed_loses_their_open_pages(small_studio: Studio) -> None:
    """Within the time in which the studio looks for pages to end."""
    small_studio.add_user("Cleo")
    with small_studio.tab(small_studio.family("Cleo")) as opened:
        small_studio.remove_user("Cleo")
        until(lambda: opened.kernel not in small_studio.kernels(), 15)


def test_many_visits_leave_nothing_behind(local_studio: Studio) -> None:
    """No kernel, no open file: eight rounds here, fifty in the benchmarks."""
    session = local_studio.local()
    for _ in range(2):
        with local_studio.tab(session):
            pass
    files = settled_files(local_studio)
    for _ in range(6):
        with local_studio.tab(session):
            pass
    assert settled_files(local_studio) <= files + 2


# What strangers may not begin


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_starts_no_kernel(local_studio: Studio, site: str) -> None:
    """Whoever was led here by a link of somebody else's opens the studio by one click more."""
    family, before = local_studio.local(), set(local_studio.kernels())
    led = local_studio.get("/?book=abc", family, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document"})
    assert (led.status_code, "kernelId" in led.text) == (200, False)
    assert 'href="/?book=abc"' in led.text
    assert set(local_studio.kernels()) == before


def test_another_sites_request_is_turned_away_unread_and_unlogged(local_studio: Studio) -> None:
    """Whatever it asks, with whatever cookie."""
    family, before = local_studio.local(), local_studio.log
    for path in ("/api/books/" + "Z" * 8_000, "/login?" + "Z" * 20_000, "/"):
        answer = family.post(local_studio.url + path, headers={"Origin": "https://evil.example"}, timeout=20)
        assert answer.status_code == 403
    assert local_studio.log == before


def test_a_long_address_costs_nothing(local_studio: Studio) -> None:
    """Nobody needs a login for it: it took a hundred seconds of everybody's."""
    answer = requests.post(f"{local_studio.url}/login?{'Z' * 30_000}", timeout=5)
    assert answer.status_code in (403, 405)
    assert len(local_studio.log.splitlines()[-1]) < 9_000


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="reads the limits of another process in /proc")
def test_a_kernel_has_a_limit_of_memory(local_studio: Studio, page: Visit) -> None:
    """And is far from it."""
    process = local_studio.kernels()[page.kernel]
    limit = next(line for line in Path(f"/proc/{process.pid}/limits").read_text().splitlines() if "data size" in line)
    used = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmData" in line)
    assert limit.split()[3] == str(1024 * 2**20)
    assert int(used.split()[1]) * 1024 < 512 * 2**20
