"""What went wrong at a service, in a sentence for a parent; nothing of what the service wrote is passed on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from storymaker.errors import ProviderError
from storymaker.remote.transport import BeyondLoopbackError, TooLargeError

if TYPE_CHECKING:
    from storymaker.remote.service import Service

_REFUSALS: Final = frozenset({"moderation_blocked", "content_policy_violation", "content_filter", "safety_violation"})
_BROKEN: Final = (500, 502, 503, 504, 520, 529)
_SECONDS_A_MINUTE: Final = 90


@dataclass(frozen=True)
class Fault:
    """A fault, and what may be done about it.

    Attributes:
        error: For the parent.
        again: Whether the very same request may be sent again: it was surely not done.
        wait: Seconds that the service asked to wait; None where it asked for nothing.
    """

    error: ProviderError
    again: bool = False
    wait: float | None = None


def fault_of(error: BaseException, service: Service, what: str) -> Fault:
    """Read an error of the client; one that is not the service's is raised again.

    Args:
        error: What was raised.
        service: By whom.
        what: What was asked for, as "Page 3 was not drawn".
    """
    import openai

    causes = list(_chain(error))
    if guarded := _by_our_guard(causes, service, what):
        return guarded
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, service, what)
    if isinstance(error, (openai.APITimeoutError, TimeoutError)):
        return Fault(_told(what, f"{service.where} took too long. Please try again", "timeout", paid=True))
    if isinstance(error, openai.APIConnectionError):
        return _no_line(causes, service, what)
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return Fault(refused(what))
    if isinstance(error, (openai.OpenAIError, json.JSONDecodeError, ValueError)):
        return Fault(unreadable(what, service))
    raise error


def _by_our_guard(causes: list[BaseException], service: Service, what: str) -> Fault | None:
    """What our own guard in the line stopped."""
    if any(isinstance(cause, BeyondLoopbackError) for cause in causes):
        return Fault(_told(what, "a test must not leave this machine", "loopback"))
    if any(isinstance(cause, TooLargeError) for cause in causes):
        return Fault(
            _told(what, f"{service.where} sent far more than was asked for. Please try again", "answer", paid=True)
        )
    return None


def _no_line(causes: list[BaseException], service: Service, what: str) -> Fault:
    """Nothing was sent, which may be tried again; or the line broke, and the work may have to be paid."""
    if any(type(cause).__name__ in ("ConnectError", "ConnectTimeout") for cause in causes):
        why = f"{service.where} cannot be reached. Please look whether this computer is online, and try again"
        return Fault(_told(what, why, "connection"), again=True)
    why = f"the line to {service.where} broke before the answer was there. Please try again"
    return Fault(_told(what, why, "connection", paid=True))


def refused(what: str) -> ProviderError:
    """The service would not do it."""
    return _told(
        what,
        "the service found something in it that it does not do for children's books. Please say it in other words: "
        "names, fights, weapons and hurts are what it stumbles over",
        "refused",
    )


def unreadable(what: str, service: Service) -> ProviderError:
    """An answer came, and it is not what was asked for."""
    return _told(what, f"{service.where} answered something that cannot be used. Please try again", "answer", paid=True)


_BY_STATUS: Final[dict[int, tuple[str, str]]] = {
    401: ("{where} does not take this key. Please check it", "key"),
    403: ("this key may not use the model “{model}”. Please name another, by {setting}", "model"),
    404: ("{where} has no model called “{model}”. Please name another, by {setting}", "model"),
}


def _by_status(error: Any, service: Service, what: str) -> Fault:
    status, code = error.status_code, str(getattr(error, "code", "") or "")
    wait = retry_after(error.response.headers)
    names = {"where": service.where, "model": service.model, "setting": service.setting}
    if code in _REFUSALS:
        return Fault(refused(what))
    if status == 429 and code == "insufficient_quota":
        return Fault(
            _told(what, f"the account at {service.where} has no credit left. Please add some, and try again", "quota")
        )
    if status == 429:
        why = f"{service.where} asks to wait {_while(wait)}. Please try again then"
        return Fault(_told(what, why, "busy"), again=True, wait=wait)
    if status in _BROKEN:
        why = f"{service.where} has a fault of its own just now. Please try again"
        return Fault(_told(what, why, "service"), again=True, wait=wait)
    why, word = _BY_STATUS.get(status, (f"{{where}} did not take the request ({status}). Please try again", "request"))
    return Fault(_told(what, why.format(**names), word))


def retry_after(headers: Any) -> float | None:
    """Seconds that a service asks to wait; dates are not read, nobody sends them here."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if 0 <= seconds < 24 * 3600:
            return seconds
    return None


def _while(seconds: float | None) -> str:
    if seconds is None:
        return "a little"
    return f"{round(seconds)} seconds" if seconds < _SECONDS_A_MINUTE else f"{round(seconds / 60)} minutes"


def _told(what: str, why: str, code: str, *, paid: bool = False) -> ProviderError:
    return ProviderError(f"{what}: {why}.", code=code, paid=paid)


def _chain(error: BaseException | None) -> Any:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
