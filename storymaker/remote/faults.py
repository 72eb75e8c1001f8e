"""What went wrong at a service, in a sentence for a parent; nothing of what the service wrote is passed on."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from storymaker.errors import ProviderError
from storymaker.remote.reach import proxy_to, shut
from storymaker.remote.transport import BeyondLoopbackError, TooLargeError

if TYPE_CHECKING:
    from storymaker.remote.service import Service

_REFUSALS: Final = frozenset({"moderation_blocked", "content_policy_violation", "content_filter", "safety_violation"})
_NO_CREDIT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_TURNED_AWAY: Final = (503, 529)
"""Too busy to begin. The others may come after the work was done, from a gateway that did not wait for it."""
_BROKE: Final = "the line to {where} broke before the answer was there. Please try again"
_TRIPPED: Final = (AssertionError, AttributeError, LookupError, TypeError)
"""How the client falls over an answer that is not of the form it knows: HTML, null, a list."""
_DECLINED: Final = (400, 415, 422, 500, 501)
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


def fault_of(error: BaseException, service: Service, what: str) -> Fault:  # noqa: PLR0911 - one a kind of error
    """Read an error of the client; one that is not the service's is raised again.

    Args:
        error: What was raised.
        service: By whom.
        what: What was asked for, as "Page 3 was not drawn".
    """
    import httpx2
    import openai

    causes = list(_chain(error))
    if guarded := _by_our_guard(causes, service, what):
        return guarded
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, service, what)
    if isinstance(error, openai.APIConnectionError) and _never_sent(causes):
        return _not_reached(causes, service, what)
    if isinstance(error, (openai.APITimeoutError, TimeoutError)):
        return _perhaps_done(f"{service.where} took too long. Please try again", "timeout", service, what)
    # While an answer is read the client passes on what its line says, which is an error of httpx2.
    if isinstance(error, (openai.APIConnectionError, httpx2.TransportError)):
        return _perhaps_done(_BROKE.format(where=service.where), "connection", service, what)
    if isinstance(error, openai.ContentFilterFinishReasonError) or getattr(error, "code", None) in _REFUSALS:
        return Fault(refused(what, paid=True))  # in the middle of an answer, which may have to be paid
    if isinstance(error, (openai.OpenAIError, ValueError)) or _tripped(error):
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


def _tripped(error: BaseException) -> bool:
    """Whether the client fell over an answer; the same error from our own code is a bug, and stays one."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    inside = last is not None and str(last.tb_frame.f_globals.get("__name__", "")).startswith("openai.")
    return inside and isinstance(error, _TRIPPED)


def _never_sent(causes: list[BaseException]) -> bool:
    return any(
        type(cause).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError") for cause in causes
    )


def _not_reached(causes: list[BaseException], service: Service, what: str) -> Fault:
    """Nobody picked up, or somebody whom this machine does not trust; what of its own settings is in the way is named."""
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        why = (
            f"{service.where} cannot be trusted: its certificate is none that this computer knows. If it is yours, please "
            "set SSL_CERT_FILE to the certificate of whoever issued it"
        )
        return Fault(_told(what, why, "environment"))
    proxy = proxy_to(service.base_url)
    if proxy is not None:
        return Fault(_told(what, shut(proxy).rstrip("."), "environment"), again=True)
    why = f"{service.where} cannot be reached. Please look whether this computer is online, and try again"
    return Fault(_told(what, why, "connection"), again=True)


def _perhaps_done(why: str, code: str, service: Service, what: str) -> Fault:
    """The work may have been done, and may have to be paid: it is not asked for again, but where it costs nothing."""
    free = service.role == "moderation"
    return Fault(_told(what, why, code, paid=not free), again=free)


def refused(what: str, *, paid: bool = False) -> ProviderError:
    """The service would not do it; a model that says so in its answer takes money for that."""
    return _told(
        what,
        "the service found something in it that it does not do for children's books. Please say it in other words: "
        "names, fights, weapons and hurts are what it stumbles over",
        "refused",
        paid=paid,
    )


def broken_off(what: str, service: Service) -> ProviderError:
    """An answer began, and its end never came."""
    return _perhaps_done(_BROKE.format(where=service.where), "connection", service, what).error


def busy(what: str, service: Service, wait: float | None) -> ProviderError:
    """The service has no time now."""
    return _told(what, f"{service.where} asks to wait {_while(wait)}. Please try again then", "busy")


def declined(error: Any) -> bool:
    """Whether a request was refused as it was put, before anything was done: put in another way it may be taken."""
    body = getattr(error, "body", None)
    told = {str(getattr(error, name, "") or "") for name in ("code", "type")}
    reason = str(body.get("code", "")) if isinstance(body, dict) else ""
    return error.status_code in _DECLINED and not ({*told, reason} & (_REFUSALS | _NO_CREDIT))


def unreadable(what: str, service: Service) -> ProviderError:
    """An answer came, and it is not what was asked for."""
    why = f"{service.where} answered something that cannot be used. Please try again"
    if not service.is_openai:
        why += f"; if it stays so, look whether its address is right, by {service.named_by}"
    return _told(what, why, "answer", paid=service.role != "moderation")


def formless(what: str, service: Service) -> ProviderError:
    """A model answered, and not in the form that was asked for: it would do the same again."""
    why = (
        f"the model “{service.model}” at {service.where} did not answer in the form that was asked for (a table in JSON). "
        f"Please name another model, by {service.setting}"
    )
    return _told(what, why, "answer", paid=True)


def cut_short(what: str, service: Service) -> ProviderError:
    """A model was stopped before anything of its answer was whole."""
    why = (
        f"the model “{service.model}” at {service.where} came to the end of what it may write before anything was whole. "
        f"Please let it write longer answers there, or name another, by {service.setting}"
    )
    return _told(what, why, "answer", paid=True)


def pictureless(what: str, service: Service, came: str) -> ProviderError:
    """An answer came without a picture that can be taken: the next would be the same.

    Args:
        what: What was asked for.
        service: Of whom.
        came: What came in its place, as "an address at another server".
    """
    why = (
        f"{service.where} answered with {came}, and not with a picture. Please let it send pictures in its answer (b64_json), "
        f"or name another model, by {service.setting}"
    )
    return _told(what, why, "answer", paid=True)


_BY_STATUS: Final[dict[int, tuple[str, str]]] = {
    401: ("{where} does not take this key. Please check it", "key"),
    403: ("this key may not use the model “{model}”. Please name another, by {setting}", "model"),
    404: ("{where} has no model called “{model}”. Please name another, by {setting}", "model"),
}

_NO_PICTURES: Final = (
    "{where} does not paint, or has no model called “{model}”. Please name another, by {setting}, or let the paper studio draw",
    "model",
)

_NOT_TAKEN: Final = (
    "{where} did not take the request ({status}), and would not take it again: the model “{model}” may not do what is asked. "
    "Please name another, by {setting}"
)
_NOT_TAKEN_MODERATION: Final = (
    "{where} did not take the request ({status}). To go on without moderation, please set STORYMAKER_MODERATION=false"
)
_NO_MODERATION: Final = (
    "{where} has no moderation. To go on without it, please set STORYMAKER_MODERATION=false", "model",
)  # fmt: skip


def _by_status(error: Any, service: Service, what: str) -> Fault:
    status, code = error.status_code, str(getattr(error, "code", "") or "")
    wait = retry_after(error.response.headers)
    names = {
        "where": service.where,
        "model": service.model,
        "setting": service.setting or service.named_by,
        "status": status,
    }
    if code in _REFUSALS:
        return Fault(refused(what))
    if _NO_CREDIT & {code, str(getattr(error, "type", ""))}:
        return Fault(
            _told(what, f"the account at {service.where} has no credit left. Please add some, and try again", "quota")
        )
    if status == 429:
        return Fault(busy(what, service, wait), again=True, wait=wait)
    if status >= 500:
        why = f"{service.where} has a fault of its own just now. Please try again"
        if status not in _TURNED_AWAY:
            return _perhaps_done(why, "service", service, what)
        return Fault(_told(what, why, "service"), again=True, wait=wait)
    why, word = _BY_STATUS.get(status, (_NOT_TAKEN, "request"))
    if service.role == "moderation" and word == "request" and not service.is_openai:
        why = _NOT_TAKEN_MODERATION
    if service.role == "moderation" and word == "model":  # nobody chose that model, so nobody can name another
        why, word = _NO_MODERATION
    elif service.role == "pictures" and status == 404 and not service.is_openai:
        why, word = _NO_PICTURES
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
