"""The files in STORYMAKER_HOME that are for nobody else's eyes: whole, private, and read again only when they changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, TypeVar

from filelock import FileLock

from storymaker.books.files import write_file
from storymaker.errors import SetupError, StorageError
from storymaker.settings import private_folder

T = TypeVar("T")

_LOCK_SECONDS: Final = 10.0


class PrivateFile(Generic[T]):
    """One file, as the value in it.

    Args:
        path: Where it is; its folder is made when it is first written.
        parse: Makes the value of the bytes; raises ValueError if it cannot.
        absent: The value of a file that is not there.
        remedy: What to do about one that cannot be read, as a sentence.
    """

    def __init__(self, path: Path, parse: Callable[[bytes], T], absent: T, remedy: str) -> None:
        self.path = path
        self._parse = parse
        self._absent = absent
        self._remedy = remedy
        self._seen: tuple[tuple[int, int, int], T] | None = None

    def read(self) -> T:
        """The value; costs one look at the folder as long as nobody changed the file.

        Raises:
            SetupError: If the file is there and cannot be read.
        """
        try:
            stat = self.path.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            seen = self._seen
            if seen is not None and seen[0] == mark:
                return seen[1]
            value = self._parse(self.path.read_bytes())
        except FileNotFoundError:
            return self._absent
        except (OSError, ValueError):
            # Not what pydantic or json have to say: that may quote the file.
            raise SetupError(f"{self.path} cannot be read. {self._remedy}") from None
        self._seen = mark, value
        return value

    def write(self, data: bytes) -> None:
        """Put new content in place.

        Raises:
            SetupError: If the disk refuses; the old content is untouched.
        """
        with self._in_words():
            write_file(self.path, data, private=True)
        self._seen = None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep other processes and threads from changing the file between a read and a write.

        Raises:
            SetupError: If the folder cannot be used.
        """
        private_folder(self.path.parent)
        lock = FileLock(self.path.with_suffix(".lock"), timeout=_LOCK_SECONDS)
        with self._in_words():
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (OSError, StorageError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            reason = getattr(cause, "strerror", None) or type(cause).__name__
            raise SetupError(
                f"{self.path} could not be written ({reason}). Please free space on that disk, "
                "or set STORYMAKER_HOME to a folder you may write in."
            ) from error
