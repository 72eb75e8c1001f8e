"""Authors and illustrators that are installed, ours and anyone's; one that is broken stops no other."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Literal

from storymaker.errors import SetupError

log = logging.getLogger(__name__)

Role = Literal["author", "illustrator"]
ROLES: Final[tuple[Role, ...]] = ("author", "illustrator")


class Makers(dict[str, Any]):
    """Who can work, by name.

    Attributes:
        broken: Why each of those that are installed as well cannot be loaded, by name: a sentence.
    """

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[str, str] = {}


def installed(role: Role) -> Makers:
    """Everybody who is installed for a role; whoever cannot be loaded is left out, and the log says so.

    Args:
        role: What they do.

    Raises:
        SetupError: If nobody can be loaded, not even ours.
    """
    makers = Makers()
    for point in entry_points(group=f"storymaker.{role}s"):
        try:
            maker = point.load()()
            _ = maker.at_once  # asked before any job runs: whoever cannot say it would stop the worker
            makers[point.name] = maker
        except Exception as error:  # a stranger’s code: whatever it raises is its own trouble
            makers.broken[point.name] = _told(point, role, error)
            log.warning("%s", makers.broken[point.name])
            log.debug("why the %s “%s” cannot be loaded", role, point.name, exc_info=True)
    if not makers:
        raise SetupError(
            f"Storymaker is not installed properly: no {role} can be loaded. Please run “pip install -e .” again."
        )
    return makers


def _told(point: EntryPoint, role: Role, error: Exception) -> str:
    package = f" of the package “{point.dist.name}”" if point.dist else ""
    return (
        f"The {role} “{point.name}”{package} cannot be loaded ({type(error).__name__}). Please update or uninstall it."
    )
