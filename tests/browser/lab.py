"""JupyterLab with one of our notebooks, as a tinkerer opens it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page

from storymaker.server.app import notebook_path
from tests.browser.wizard import PATIENCE
from tests.server.real import until


@contextmanager
def lab(folder: Path, notebook: Path | None = None) -> Iterator[str]:
    """Start one over a copy of a notebook; the address of the notebook in it.

    Args:
        folder: For all its files; the shelf is ``books`` in it.
        notebook: Which; None is the studio's.
    """
    notebook = notebook or notebook_path()
    for name in ("notebooks", "home"):
        (folder / name).mkdir(parents=True)
    shutil.copy(notebook, folder / "notebooks")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STORYMAKER_", "COV"))}
    environment |= {
        "STORYMAKER_BOOKS": str(folder / "books"), "STORYMAKER_HOME": str(folder / "home"), "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_DATA_DIR": str(folder / "data"),
    }  # fmt: skip
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token=", "--LabApp.news_url=None", "--ServerApp.terminals_enabled=False",
        f"--ServerApp.root_dir={folder / 'notebooks'}",
    ]  # fmt: skip
    with (folder / "lab.txt").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(address), 60)
        yield f"{address}/lab/tree/{notebook.name}"
    finally:
        process.terminate()
        process.wait(30)


def kernel_ready(page: Page) -> None:
    """Wait until the notebook's kernel can be asked: JupyterLab calls a notebook idle that has no kernel yet."""
    page.locator(".jp-KernelName", has_text="Python 3").wait_for(timeout=PATIENCE)
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=PATIENCE)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/api", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
