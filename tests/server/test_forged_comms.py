"""A browser may say anything to its own page's kernel: real messages to a real kernel, to every comm that it has."""

from __future__ import annotations

import json

from storymaker.studio.storyboard.events import PAGE_EVENTS
from tests.server.real import Studio
from tests.server.test_kernels import heard, message
from tests.studio.forged import FORGED, MARKUP

LONG = "x" * 10_000


def test_a_page_survives_every_forged_comm_message(local_studio: Studio) -> None:
    """Its kernel lives, the shelf stands as it was, nothing of the kernel's inside is told, and the page still answers."""
    family = local_studio.local()
    with local_studio.tab(family) as page, local_studio.connect(family, page.kernel) as wire:
        before = local_studio.get("/api/books", family).text
        wire.send(message("comm_info_request", {}))
        comms = heard(wire, until_kind="comm_info_reply")[-1]["content"]["comms"]
        assert len(comms) > 10
        for comm in comms:
            for forged in FORGED:
                wire.send(message("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": forged}}))
            for state in (
                {"value": MARKUP}, {"description": LONG}, {"children": ["IPY_MODEL_nothing"]}, {"value": {"a": [None]}},
                {"_esm": "alert(1)"}, {"layout": 5}, {"nonsense": 1},
            ):  # fmt: skip
                data = {"method": "update", "state": state, "buffer_paths": [["value", 99]]}
                wire.send(message("comm_msg", {"comm_id": comm, "data": data}))
            wire.send(message("comm_msg", {"comm_id": comm, "data": {"method": "echo_update"}}))
            wire.send(message("comm_msg", {"comm_id": comm, "data": None}))
        wire.send(
            message(
                "comm_open",
                {"comm_id": "forged", "target_name": "jupyter.widget", "data": {"state": {"_model_module": "os"}}},
            )
        )
        wire.send(message("comm_open", {"comm_id": "other", "target_name": "os.system", "data": {}}))
        wire.send(message("comm_info_request", {}))
        said = heard(wire, until_kind="comm_info_reply")
        assert local_studio.lives(page)
        assert local_studio.get("/api/books", family).text == before
        told = json.dumps(said)
        assert "Traceback" not in told and "site-packages" not in told and "STORYMAKER" not in told


def test_every_kind_of_event_is_forged_somewhere() -> None:
    """A new event needs a forged one of its kind."""
    kinds = {schema["properties"]["type"]["const"] for schema in PAGE_EVENTS.json_schema()["$defs"].values()}
    forged = {one.get("type") for one in FORGED if isinstance(one, dict) and isinstance(one.get("type"), str)}
    assert kinds <= forged
