"""Settings: from the environment, then storymaker.toml, then defaults; secrets stay secret."""

from __future__ import annotations

import functools
import logging
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import platformdirs
from pydantic import Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from storymaker.errors import SetupError
from storymaker.text import meant, nearest

log = logging.getLogger(__name__)

_FILE: Final = "storymaker.toml"
_PREFIX: Final = "STORYMAKER_"
_NO_SETTINGS: Final = {"text_key", "image_key", "loopback_only", "server_url", "ticket"}
"""What the environment says besides settings: keys, and what a studio tells its own processes."""
_Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]


def _default_books() -> Path:
    """The ``books`` folder of the checkout around us, else Storymaker in the user's documents."""
    here = _here()
    for folder in (here, *here.parents):  # JupyterLab starts a notebook in the notebook's own folder
        if (folder / "books").is_dir() and (folder / "storymaker" / "books").is_dir():
            return folder / "books"
    return Path(platformdirs.user_documents_dir()) / "Storymaker"


class Settings(BaseSettings):
    """What can be set; each is ``STORYMAKER_<NAME>`` in the environment, or ``name`` in storymaker.toml.

    A name that no setting has is refused in code; in the environment and the file it is warned of, once.

    Attributes:
        books: The shelf.
        home: For what is not a book: the jobs database, locks, signing keys.
        jobs_db: Where jobs are kept; empty is a SQLite file in ``home``.
        author: Who writes unless the book says otherwise.
        illustrator: Who draws unless the book says otherwise.
        picture_timeout: Seconds after which a drawing is stopped.
        jobs_waiting: How many pictures and stories of a family may wait to be made at once.
        book_budget: US dollars that a book may cost at most.
        base_url: An OpenAI-compatible server for words and pictures; empty is OpenAI itself.
        text_url: One for words alone.
        image_url: One for pictures alone.
        text_model: Which model writes.
        image_model: Which model draws.
        image_quality: How well it draws: low, medium or high.
        image_sketches: How many unfinished pictures are shown while one is painted, 0 to 3; each costs a little.
        image_style: A word or two on the style of its pictures; empty is cut paper.
        ask_likeness: Whether the model that writes is asked of each painted picture whether it shows the plushie.
        paint_again: Whether a painted picture that does not look like the plushie is painted once more, inside the budget.
        pictures_at_once: How many pictures one key may have drawn at the same time.
        pictures_a_minute: How many a minute; 0 waits until the service says.
        moderation: Whether what is typed and what comes back is looked over by OpenAI's free moderation.
        pages_at_once: How many pages of the Story Studio may be open at once; each has a kernel of about 50 MB, with the grid 85.
        pages_each: How many of them one family may have when several families sign in.
        page_memory_mb: Megabytes of memory that a page's kernel may take at most (Linux).
        page_idle_seconds: Seconds after which the kernel of a page that nobody has open any more is ended.
        proxy_header: The one header in which a reverse proxy says who asks; believed only with --behind-proxy.

    Raises:
        SetupError: With the setting that cannot be used, or if the working folder is gone.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, toml_file=_FILE, extra="ignore", frozen=True)

    books: Path = Field(default_factory=_default_books)
    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("storymaker", appauthor=False)))
    jobs_db: str = ""
    author: str = "paper"
    illustrator: str = "paper"
    picture_timeout: Annotated[float, Field(gt=0, le=3600)] = 300.0
    jobs_waiting: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    book_budget: Annotated[float, Field(ge=0)] = 5.0
    base_url: _Trimmed = ""
    text_url: _Trimmed = ""
    image_url: _Trimmed = ""
    text_model: str = "gpt-6-luna"
    image_model: str = "gpt-image-2.6-flare"
    image_quality: Literal["low", "medium", "high"] = "medium"
    image_sketches: Annotated[int, Field(ge=0, le=3)] = 1
    image_style: str = ""
    ask_likeness: bool = False
    paint_again: bool = False
    pictures_at_once: Annotated[int, Field(ge=1, le=100)] = 10
    pictures_a_minute: Annotated[int, Field(ge=0, le=10_000)] = 0
    moderation: bool = True
    pages_at_once: Annotated[int, Field(ge=1, le=1000)] = 12
    pages_each: Annotated[int, Field(ge=1, le=1000)] = 4
    page_memory_mb: Annotated[int, Field(ge=256, le=65536)] = 1024
    page_idle_seconds: Annotated[float, Field(ge=1, le=86400)] = 300.0
    proxy_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")] = "X-Real-IP"

    def __init__(self, **given: Any) -> None:
        for name in given:
            if name not in Settings.model_fields and not name.startswith("_"):  # those are pydantic's
                raise SetupError(f"There is no setting “{name}”. {meant(name, Settings.model_fields)}")
        file = _here() / _FILE
        try:
            super().__init__(**given)
            _look_over(file)
        except (OSError, ValueError) as error:
            raise _read_error(error) from None

    @property
    def jobs_url(self) -> str:
        """The jobs database as a SQLAlchemy URL."""
        return self.jobs_db or f"sqlite:///{(self.home.expanduser().absolute() / 'jobs.sqlite').as_posix()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the caller gives wins over the environment, and that over storymaker.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: object) -> Settings:
    """Read the settings.

    Args:
        given: Values that win over everything else; None is left out.

    Raises:
        SetupError: With the setting that cannot be used.
    """
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _read_error(error: Exception) -> SetupError:
    """What is wrong with the environment or the file, in a sentence; values are not quoted: some are secrets."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        return SetupError(f"The setting STORYMAKER_{name.upper()} cannot be used: {first['msg']}.")
    if isinstance(error, tomllib.TOMLDecodeError):  # it names the line, and quotes no value
        return SetupError(f"{_FILE} cannot be read: {error}. Please correct that line, or remove the file.")
    return SetupError(f"{_FILE} cannot be read ({type(error).__name__}). Please correct or remove it.")


def _here() -> Path:
    """The working folder.

    Raises:
        SetupError: If it is gone.
    """
    try:
        return Path.cwd()
    except OSError:
        raise SetupError(
            "The folder that this was started in is gone. Please go to one that is there (cd), and start again.",
            code="folder-gone",
        ) from None


def _look_over(file: Path) -> None:
    """Warn of the names in a file, and in the environment, that no setting has."""
    if file.is_file():
        for name in tomllib.loads(file.read_text("utf-8")).keys() - Settings.model_fields.keys():
            _warn_of(str(file), name, name.lower(), "")
    for variable in os.environ:
        name = variable.upper().removeprefix(_PREFIX).lower()
        if variable.upper().startswith(_PREFIX) and name not in Settings.model_fields and name not in _NO_SETTINGS:
            _warn_of("environment", variable, name, _PREFIX)


@functools.cache
def _warn_of(where: str, given: str, name: str, prefix: str) -> None:
    """Once a process: settings are read again and again."""
    near = nearest(name, Settings.model_fields)
    shown = f"{prefix}{near.upper()}" if near and prefix else near
    log.warning("%s: there is no setting “%s”.%s", where, given, f" Did you mean “{shown}”?" if near else "")


def private_folder(path: Path) -> Path:
    """A folder of our own that nobody else may read, made if need be.

    Raises:
        SetupError: If it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name != "nt":
            path.chmod(0o700)
    except OSError as error:
        raise SetupError(
            f"Storymaker keeps its jobs in {path}, which cannot be made ({error.strerror}). "
            "Please set STORYMAKER_HOME to a folder you may write in."
        ) from None
    return path
