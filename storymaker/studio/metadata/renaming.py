"""Somebody of the cast has another name now: offers to call them so in the books that they are in, too."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from storymaker.contract.values import AboutPatch, CharacterOut, RoleOut, UndoRequest
from storymaker.errors import StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.guard import Guard
from storymaker.studio.markup import note
from storymaker.studio.shell import Shell
from storymaker.studio.step import row


class Renaming:
    """A question with two buttons, where there is something to ask.

    Args:
        backend: Whom to ask.
        shell: Where to say what was done.
        guard: Where clicks are done.
    """

    def __init__(self, backend: Backend, shell: Shell, guard: Guard) -> None:
        self._backend, self._shell, self._guard = backend, shell, guard
        self._books: tuple[RoleOut, ...] = ()
        self._character: CharacterOut | None = None
        self.question = widgets.HTML()
        self.rename = widgets.Button(button_style="primary")
        self.leave = widgets.Button(description="Leave the books as they are")
        self.rename.on_click(lambda _: guard.do(self._rename()))
        self.leave.on_click(lambda _: guard.call(self._close))
        self.box = widgets.VBox([self.question, row(self.rename, self.leave)])
        self.box.add_class("sm-panel")
        self.box.add_class("sm-renaming")
        self._close()

    async def offer(self, before: CharacterOut | None, after: CharacterOut | None) -> None:
        """Ask whether books should know the new name, where there is one and a book has another.

        Args:
            before: Who they were.
            after: Who they are.
        """
        self._close()
        if before is None or after is None or before.name == after.name:
            return
        books = (await self._backend.roles(after.id)).books
        self._books = tuple(book for book in books if book.name != after.name)
        if not self._books:
            return
        self._character = after
        titles = ", ".join(f"“{book.title}”" for book in self._books[:3]) + (
            " and others" if len(self._books) > 3 else ""
        )
        this = "this book" if len(self._books) == 1 else f"these {len(self._books)} books"
        question = (
            f"{before.name} is called {after.name} now. In {titles} the old name is still there. It can be "
            "changed in the words there; nothing is written anew, it costs nothing, and locked pages stay."
        )
        self.question.value = note(question)
        self.rename.description = f"Say {after.name} in {this} too"
        self.box.layout.display = ""
        self._shell.lead_to(".sm-renaming button")

    def _close(self) -> None:
        self.box.layout.display = "none"
        self._books, self._character = (), None

    async def _rename(self) -> None:
        """Change each book by itself: what cannot be changed in one keeps none of the others from it."""
        books, character = self._books, self._character
        self._close()
        if character is None:
            return
        changed: list[tuple[str, int]] = []
        for role in books:
            try:
                book = await self._backend.patch_about(role.book_id, AboutPatch(names={character.id: character.name}))
            except StorymakerError as error:
                self._shell.say(f"“{role.title}” keeps the old name. {error.message}", "error")
            else:
                changed.append((book.id, book.version))
        if changed:
            many = "1 book says" if len(changed) == 1 else f"{len(changed)} books say"
            self._shell.say(f"{many} {character.name} now.", "success", action="Undo", do=self._undoing(changed))

    def _undoing(self, changed: list[tuple[str, int]]) -> Callable[[], None]:
        async def take_back() -> None:
            for book_id, version in changed:
                await self._backend.undo(book_id, UndoRequest(version=version))
            self._shell.say("Taken back.", "success")

        return lambda: self._guard.do(take_back())
