"""A network cable between a browser and the studio, which a test may cut, or hold still, and mend."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Cable:
    """Carries bytes from its own port to another, on this machine.

    Args:
        port: Where it leads.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._whole, self._moving, self._ended = threading.Event(), threading.Event(), threading.Event()
        self._whole.set()
        self._moving.set()
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        """Nothing comes through, and what was connected is not any more."""
        self._whole.clear()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Nothing comes through, and nobody is told: a laptop that sleeps."""
        self._moving.clear()

    def mend(self) -> None:
        """All comes through again."""
        self._whole.set()
        self._moving.set()

    def close(self) -> None:
        """Be gone."""
        self._ended.set()
        self.cut()
        self._moving.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if not self._whole.is_set():
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                near.close()
                continue
            self._lines += [near, far]
            thread = threading.Thread(target=self._carry, args=(near, far), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as ready, near, far:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while not self._ended.is_set():
                for key, _ in ready.select(0.2):
                    self._moving.wait()
                    try:
                        data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                        if not data:
                            return
                        key.data.sendall(data)
                    except OSError:
                        return


@contextmanager
def cable(url: str) -> Iterator[tuple[str, Cable]]:
    """Lay a cable to a studio.

    Args:
        url: Where the studio is.

    Yields:
        Where the cable begins, and the cable.
    """
    laid = Cable(int(url.rpartition(":")[2]))
    try:
        yield f"http://127.0.0.1:{laid.port}", laid
    finally:
        laid.close()
