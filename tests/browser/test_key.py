"""A parent types an OpenAI key into the page: it reaches the keyring, and nothing else."""

from __future__ import annotations

import base64
from pathlib import Path

import requests
from playwright.sync_api import Browser, Request, WebSocket, expect

from tests.browser.wizard import PATIENCE, enter, window
from tests.server.real import PASSWORD, studio

KEY = "sk-canary-0123456789-SECRET"
ROOT = Path(__file__).parents[2]


def keyring_in(file: Path) -> dict[str, str]:
    """Settings of a studio whose keyring is a file, and that has no other key."""
    return {
        "OPENAI_API_KEY": "", "PYTHON_KEYRING_BACKEND": "tests.server.cupboard.Cupboard", "CUPBOARD": str(file),
        "PYTHONPATH": str(ROOT), "STORYMAKER_LOOPBACK_ONLY": "1",
    }  # fmt: skip


def test_a_key_goes_from_the_field_to_the_keyring(browser: Browser, tmp_path: Path) -> None:
    """Masked, past the kernel, in no file, address or log; then OpenAI can be chosen, and no more when it is forgotten."""
    cupboard = tmp_path / "cupboard.json"
    frames: list[str | bytes] = []
    asked: list[Request] = []

    def heard(frame: str | bytes) -> None:
        frames.append(frame)

    def requested(request: Request) -> None:
        asked.append(request)

    def listened(socket: WebSocket) -> None:
        socket.on("framesent", heard)
        socket.on("framereceived", heard)

    with (
        studio(tmp_path / "house", **keyring_in(cupboard)) as house,
        window(browser, height=1900, calm=False) as page,
    ):
        page.on("websocket", listened)
        page.on("request", requested)
        enter(page, house, query="?step=new")
        offered = page.get_by_label("Who writes?").locator("option")
        expect(offered).to_have_count(1, timeout=PATIENCE)
        page.get_by_text("Have OpenAI write or paint").click()
        field = page.get_by_label("OpenAI key")
        expect(field).to_have_attribute("type", "password")
        field.fill("sk-short")
        page.get_by_role("button", name="Keep the key").click()
        expect(page.get_by_text("That is no key.")).to_be_visible(timeout=PATIENCE)
        field.fill(KEY)
        field.press("Enter")
        expect(page.get_by_text("A key is kept in this computer’s keyring.")).to_be_visible(timeout=PATIENCE)
        expect(offered).to_have_count(2, timeout=PATIENCE)
        assert KEY in cupboard.read_text("utf-8")
        page.screenshot(path=tmp_path / "kept.png", full_page=True)
        kept = page.content() + page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        page.get_by_role("button", name="Forget the key").click()
        expect(offered).to_have_count(1, timeout=PATIENCE)
        assert KEY not in cupboard.read_text("utf-8")
    assert KEY not in kept
    assert frames
    for frame in frames:
        said = frame.encode() if isinstance(frame, str) else frame
        assert KEY.encode() not in said
        assert base64.b64encode(KEY.encode()) not in said
    holding = [one for one in asked if KEY in (one.post_data or "")]
    assert {(one.method, one.url) for one in holding} == {("PUT", f"{house.url}/api/studio/key")}
    assert not any(KEY in one.url for one in asked)
    assert not [
        file for file in (tmp_path / "house").rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()
    ]


def test_of_several_families_none_sees_to_the_key(tmp_path: Path) -> None:
    """It would be paid for by all: whoever runs the studio keeps it, on its machine."""
    cupboard = tmp_path / "cupboard.json"
    with studio(tmp_path / "house", **keyring_in(cupboard)) as house:
        house.add_user("ada")
        answer = requests.post(f"{house.url}/api/token", json={"username": "ada", "password": PASSWORD}, timeout=20)
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        told = requests.put(f"{house.url}/api/studio/key", json={"key": KEY}, headers=bearer, timeout=20)
        offered = requests.get(f"{house.url}/api/studio", headers=bearer, timeout=20).json()
    assert told.status_code == 422
    assert "storymaker key set" in told.json()["detail"]
    assert offered["key"] == "closed"
    assert not cupboard.exists()
