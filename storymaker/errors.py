"""Every error that Storymaker raises on purpose: one tree, each message a sentence that says what to do.

::

    StorymakerError
    ├── InvalidInputError      what was typed or given cannot be used
    │   ├── PhotoError         a photo that cannot be opened, or shows nothing to cut out
    │   └── ScriptError        a script.csv that is not one
    ├── NotFoundError          no such book, chapter, character, arc or job
    ├── ConflictError          somebody changed the same field in the meantime; carries both sides
    ├── OutdatedError          the book has gone on since the version that a change was made for
    ├── StorageError           the disk is full, read-only or not ours
    │   └── DamagedBookError   a folder on the shelf that holds no readable book
    ├── AccessError            nobody is signed in, or not any more
    ├── BusyError              too many pages are open, too many jobs wait, or too many tries were made
    ├── UnreachableError       the studio's server does not answer
    ├── SetupError             something Storymaker needs is missing on this machine
    ├── ProviderError          an author or illustrator could not do its work
    ├── JobError               a job ended without its result
    │   ├── JobTimeoutError
    │   └── JobCancelledError
    └── ExportError            the book cannot be printed as it is; names the page
"""

from __future__ import annotations


class StorymakerError(Exception):
    """Something went wrong: the root of the tree.

    Args:
        message: A sentence for a parent: what went wrong and what to do. Never holds a secret.
        code: A short stable word for programs; each class has its own default.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InvalidInputError(StorymakerError):
    """What was typed or given cannot be used."""

    code = "invalid"


class PhotoError(InvalidInputError):
    """A photo cannot be opened, is not one, or shows nothing to cut out."""

    code = "photo"


class ScriptError(InvalidInputError):
    """A script.csv cannot be read as ten rows of a story."""

    code = "script"


class NotFoundError(StorymakerError):
    """There is no such book, chapter, character, arc or job."""

    code = "not-found"


class ConflictError(StorymakerError):
    """The same field was changed elsewhere since the edit began.

    Args:
        message: The sentence.
        field: The name of the field.
        mine: The value this edit wanted to set.
        theirs: The value that stands now.
    """

    code = "conflict"

    def __init__(self, message: str, *, field: str, mine: object, theirs: object) -> None:
        super().__init__(message)
        self.field, self.mine, self.theirs = field, mine, theirs


class OutdatedError(StorymakerError):
    """The book has changed since the version that this change was made for."""

    code = "outdated"


class StorageError(StorymakerError):
    """The disk is full, read-only, or refuses us."""

    code = "storage"


class DamagedBookError(StorageError):
    """A folder on the shelf holds no book that can be read."""

    code = "damaged"


class AccessError(StorymakerError):
    """Nobody is signed in, or not any more."""

    code = "access"


class BusyError(StorymakerError):
    """Too many pages are open, too many jobs wait, or too many tries were made."""

    code = "busy"


class UnreachableError(StorymakerError):
    """The studio's server does not answer."""

    code = "unreachable"


class SetupError(StorymakerError):
    """Something that Storymaker needs is missing on this machine."""

    code = "setup"


class ProviderError(StorymakerError):
    """An author or illustrator could not do its work.

    Args:
        message: The sentence.
        code: A short word for programs.
        paid: Whether it may have to be paid although nothing came of it.
        cost_usd: What it has cost, or is expected to have cost, in US dollars.

    Attributes:
        reply: Where in ``STORYMAKER_HOME`` the answer to the failed call is kept; empty where there was none.
    """

    code = "provider"
    reply = ""

    def __init__(self, message: str, *, code: str | None = None, paid: bool = False, cost_usd: float = 0.0) -> None:
        super().__init__(message, code=code)
        self.paid, self.cost_usd = paid, cost_usd


class JobError(StorymakerError):
    """A job ended without its result."""

    code = "job"


class JobTimeoutError(JobError):
    """A job took longer than it may."""

    code = "timeout"


class JobCancelledError(JobError):
    """A job was cancelled before it ended."""

    code = "cancelled"


class ExportError(StorymakerError):
    """The book cannot be printed as it is; the message names the page."""

    code = "export"
