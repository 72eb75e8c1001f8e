"""How a page's kernel and the studio's server find each other."""

from __future__ import annotations

from typing import Final

SERVER_VARIABLE: Final = "STORYMAKER_SERVER_URL"
"""In a kernel's environment: where the server is."""
TICKET_VARIABLE: Final = "STORYMAKER_TICKET"
"""In a kernel's environment: by what it is known there."""
SESSION_PATH: Final = "/studio/session"
"""Where a kernel shows its ticket, and is told whose page it serves."""
