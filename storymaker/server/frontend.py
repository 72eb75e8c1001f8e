"""Voila's front end: the scripts that make widgets of a notebook's output, found where Voila was installed."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final, NamedTuple

from tornado import web

from storymaker._version import __version__
from storymaker.errors import SetupError
from storymaker.server.visits import VoilaFiles

_STATIC: Final = Path(__file__).parent / "static"
_EXTENSIONS: Final = {
    "@voila-dashboards/widgets-manager8": ("voila", "voila/labextensions"),
    "@jupyter-widgets/jupyterlab-manager": ("jupyterlab-widgets", "labextensions"),
    "anywidget": ("anywidget", "labextensions"),
}
"""What the page loads: which distribution brings it, and where. Whatever else is installed on this machine, or lies in
somebody's home, stays out of the page."""
_LATE: Final = {name: (name, "labextensions") for name in ("bqscales", "bqplot", "ipydatagrid")}
"""What it loads when a grid is first shown; ipydatagrid shares modules with the others."""
_OURS: Final = "storymaker"
"""Our own extension, which sees to that."""


class _Extension(NamedTuple):
    folder: Path
    version: str
    build: dict[str, str]


class FrontEnd:
    """Where its files are, and what the page has to know of them.

    Raises:
        SetupError: If Voila's files are missing.
    """

    def __init__(self) -> None:
        scripts = _installed("voila", "voila/templates/base/static/voila.js")
        if scripts is None:
            raise SetupError("Voila is not installed properly. Please run “pip install --force-reinstall voila”.")
        self._scripts = scripts.parent
        self._extensions, self._late = _found(_EXTENSIONS), _found(_LATE)
        # In each address, so that a browser may keep the files for ever and still gets new ones after an update.
        versions = [_version(owner) for owner, _ in (_EXTENSIONS | _LATE).values()] + [__version__]
        self._edition = hashlib.sha256(repr(versions).encode()).hexdigest()[:12]

    @property
    def page_config(self) -> dict[str, Any]:
        """What the page tells its scripts, besides its kernel."""
        extensions = f"/voila/labextensions/{self._edition}"
        return {
            "appUrl": "voila/",
            "appVersion": _version("voila"),
            "baseUrl": "/",
            "disabledExtensions": [],
            "extensionConfig": {},
            "federated_extensions": [
                {"name": name, **{key: value for key, value in extension.build.items() if key != "_comment"}}
                for name, extension in self._extensions.items()
            ]
            + [{"name": _OURS, "load": "late.js", "extension": "./extension"}],
            "fullLabextensionsUrl": extensions,
            # Without an address JupyterLab complains in the browser's console; Voila's own is a stranger's server.
            "fullMathjaxUrl": "/studio/static/no-formulas.js",
            "fullStaticUrl": f"/voila/static/{self._edition}",
            "lateExtensions": {
                name: {
                    "address": f"{extensions}/{name}/{extension.build['load']}",
                    "extension": extension.build["extension"],
                    "version": extension.version,
                }
                for name, extension in self._late.items()
            },
            "mathjaxConfig": "Safe",
            "progressiveRendering": False,
            "terminalsAvailable": False,
            "themesUrl": "/voila/api/themes",
        }

    def handlers(self) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
        """What serves these files, and no others."""
        return [
            (rf"/voila/static/{self._edition}/(.*)", VoilaFiles, {"path": str(self._scripts)}),
            *(
                (
                    rf"/voila/labextensions/{self._edition}/{name}/(static/.*)",
                    VoilaFiles,
                    {"path": str(extension.folder)},
                )
                for name, extension in (self._extensions | self._late).items()
            ),
            (rf"/voila/labextensions/{self._edition}/{_OURS}/(late\.js)", VoilaFiles, {"path": str(_STATIC)}),
        ]


def _found(wanted: dict[str, tuple[str, str]]) -> dict[str, _Extension]:
    """Those extensions that are installed."""
    found = {}
    for name, (owner, folder) in wanted.items():
        package = _installed(owner, f"{folder}/{name}/package.json")
        if package is not None:
            about = json.loads(package.read_text("utf-8"))
            found[name] = _Extension(package.parent, about["version"], about["jupyterlab"]["_build"])
    return found


def _installed(owner: str, path: str) -> Path | None:
    """A file below ``share/jupyter`` that a distribution brought along, wherever that was put."""
    try:
        listed = distribution(owner).files or ()
    except PackageNotFoundError:
        return None
    found = [Path(str(file.locate())).resolve() for file in listed if file.as_posix().endswith(f"/jupyter/{path}")]
    found.append(Path(sys.prefix, "share", "jupyter", path))
    return next((file for file in found if file.is_file()), None)


def _version(owner: str) -> str:
    try:
        return distribution(owner).version
    except PackageNotFoundError:
        return ""
