"""Tests of access tokens: what is ours and good, and everything else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe, jwt
from joserfc.jwk import OctKey

from storymaker.errors import SetupError
from storymaker.server.tokens import EARLY_SECONDS, Session, Signer
from storymaker.testing import FakeClock

HEADER = {"typ": "JWT", "alg": "HS256"}


@pytest.fixture
def signer(tmp_path: Path, clock: FakeClock) -> Signer:
    """A signer with a key of its own."""
    return Signer(tmp_path / "home", clock)


@pytest.fixture
def key(signer: Signer, tmp_path: Path) -> bytes:
    """The signer's key, as nobody has it."""
    return (tmp_path / "home" / "signing.key").read_bytes()


@pytest.fixture
def session(signer: Signer) -> Session:
    """A sign-in for an hour."""
    return Session.begin("stamp", signer.time + 3600)


def part(value: Any) -> str:
    """A part of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: Any, claims: Any, key: bytes, digest: Any = hashlib.sha256) -> str:
    """A token made by hand, with no library that might object."""
    body = f"{part(header)}.{part(claims)}"
    return f"{body}.{part(hmac.new(key, body.encode(), digest).digest())}"


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unchecked."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def test_what_was_minted_is_verified(signer: Signer, session: Session, clock: FakeClock) -> None:
    """A session's token says whose it is and until when; a kernel's also which kernel may use it, under which session."""
    own = signer.verify(signer.mint("otterotr", session))
    assert own is not None
    assert (own.sub, own.jti, own.session, own.kernel) == ("otterotr", str(session), str(session), None)
    assert own.exp == session.expires
    kernel = signer.verify(signer.mint("otterotr", session, kernel="k-1", seconds=60))
    assert kernel is not None
    assert (kernel.kernel, kernel.session, kernel.exp) == ("k-1", str(session), signer.time + 60)
    assert kernel.jti != kernel.session


def test_a_token_never_outlives_its_session(signer: Signer, session: Session) -> None:
    """A kernel's token minted in a session's last minute ends with the session."""
    claims = signer.verify(signer.mint("otterotr", session, kernel="k-1", seconds=7200))
    assert claims is not None
    assert claims.exp == session.expires


def test_a_token_ends_on_the_second(signer: Signer, session: Session, clock: FakeClock) -> None:
    """A token is good until its end, and not at its end."""
    token = signer.mint("otterotr", session)
    clock.move(timedelta(seconds=3599))
    assert signer.verify(token) is not None
    clock.move(timedelta(seconds=1))
    assert signer.verify(token) is None


def test_a_token_from_the_future_is_refused(signer: Signer, session: Session, clock: FakeClock) -> None:
    """A clock that was put right by a minute does no harm; more than that is not believed."""
    token = signer.mint("otterotr", session)
    clock.move(-timedelta(seconds=EARLY_SECONDS))
    assert signer.verify(token) is not None
    clock.move(-timedelta(seconds=1))
    assert signer.verify(token) is None


def test_the_same_claims_by_hand_are_good(signer: Signer, session: Session, key: bytes) -> None:
    """The forger of the next tests makes tokens that are good but for what each says is wrong."""
    token = signer.mint("otterotr", session)
    assert forged(HEADER, claims_of(token), key) == token
    assert signer.verify(forged(HEADER, claims_of(token), key)) is not None


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "exp", "jti", "session", "kernel"])
def test_every_claim_is_required(signer: Signer, session: Session, key: bytes, name: str) -> None:
    """A token signed with the right key that lacks one claim is refused."""
    claims = claims_of(signer.mint("otterotr", session))
    del claims[name]
    assert signer.verify(forged(HEADER, claims, key)) is None


WRONG: list[dict[str, Any]] = [
    {"iss": "somebody"},
    {"iss": ["storymaker"]},
    {"aud": "somebody"},
    {"aud": ["storymaker"]},
    {"aud": ["storymaker", "somebody"]},
    {"sub": ""},
    {"sub": 7},
    {"sub": None},
    {"sub": "x" * 201},
    {"iat": "0"},
    {"iat": None},
    {"iat": 1.5},
    {"exp": True},
    {"exp": float("inf")},
    {"exp": float("nan")},
    {"exp": 1e300},
    {"exp": "9999999999"},
    {"jti": ""},
    {"session": 1},
    {"kernel": ""},
    {"kernel": 1},
    {"admin": True},
    {"nbf": 0},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_every_claim_is_checked(signer: Signer, session: Session, key: bytes, wrong: dict[str, Any]) -> None:
    """A token signed with the right key with one wrong claim, or one too many, is refused."""
    claims = claims_of(signer.mint("otterotr", session)) | wrong
    assert signer.verify(forged(HEADER, claims, key)) is None


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT", "alg": "none"},
        {"typ": "JWT", "alg": "None"},
        {"typ": "JWT", "alg": "HS512"},
        {"typ": "JWT", "alg": "RS256"},
        {"typ": "JWT", "alg": ""},
        {"typ": "JWT"},
        {**HEADER, "kid": "../../../../dev/null"},
        {**HEADER, "kid": "' or 1=1"},
        {**HEADER, "jku": "https://evil.example/keys"},
        {**HEADER, "x5u": "https://evil.example/cert"},
        {**HEADER, "jwk": {"kty": "oct", "k": "AAAA"}},
        {**HEADER, "crit": ["b64"], "b64": False},
        {**HEADER, "zip": "DEF"},
        {"alg": "HS256", "typ": "JWT"},
        [],
        "alg",
        None,
    ],
    ids=str,
)
def test_no_header_but_our_own(signer: Signer, session: Session, key: bytes, header: Any) -> None:
    """Another algorithm, none, a key by name or address: refused, even if signed with the right key."""
    claims = claims_of(signer.mint("otterotr", session))
    assert signer.verify(forged(header, claims, key)) is None
    assert signer.verify(forged(header, claims, key, hashlib.sha512)) is None
    assert signer.verify(f"{part(header)}.{part(claims)}.") is None


def test_without_signature_or_with_another_key(signer: Signer, session: Session, tmp_path: Path) -> None:
    """No signature, an empty one, another server's, the empty key's, and a changed claim are refused."""
    token = signer.mint("otterotr", session)
    head, body, signature = token.split(".")
    claims = claims_of(token)
    other = Signer(tmp_path / "elsewhere", FakeClock())
    assert signer.verify(other.mint("otterotr", session)) is None
    changed = part(claims | {"sub": "badgerbd"})
    for bad in (
        f"{head}.{body}",
        f"{head}.{body}.",
        f"{head}.{changed}.{signature}",
        f"{head}.{body}.{signature[:-2]}",
        f"{head}.{body}.{signature}.{signature}",
        f"{token}\n",
        f" {token}",
        forged(HEADER, claims, b""),
        forged(HEADER, claims, b"storymaker"),
    ):
        assert signer.verify(bad) is None, bad


def test_an_encrypted_token_is_none_of_ours(signer: Signer, session: Session, key: bytes) -> None:
    """A JWE made with the very key is refused."""
    registry = jwe.JWERegistry(algorithms=["dir", "A256GCM"])
    claims = claims_of(signer.mint("otterotr", session))
    token = jwt.encode({"alg": "dir", "enc": "A256GCM"}, claims, OctKey.import_key(key), registry=registry)
    assert token.count(".") == 4
    assert signer.verify(token) is None


def test_noise_is_refused_without_a_word(tmp_path: Path, clock: FakeClock) -> None:
    """Whatever comes as a token, bare or behind our own header, the answer is None and never an error."""
    signer = Signer(tmp_path / "home", clock)

    @settings(deadline=None)
    @given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,50}(\.[A-Za-z0-9_-]{0,50}){0,5}"))
    def refused(text: str) -> None:
        assert signer.verify(text) is None
        assert signer.verify(f"{part(HEADER)}.{text}") is None

    refused()


@pytest.mark.parametrize("payload", [b"[" * 1000, b"[]", b"null", b'"x"', b"\xff", b"{" * 400, b"1e999"], ids="abcdefg")
def test_a_signed_payload_that_is_no_object(signer: Signer, key: bytes, payload: bytes) -> None:
    """Even with the right key, a payload that is no JSON object is refused."""
    assert signer.verify(forged(HEADER, payload, key)) is None


def test_a_token_of_a_megabyte_is_not_looked_at(signer: Signer, session: Session, key: bytes) -> None:
    """What is longer than any of ours is refused before it is decoded."""
    padded = json.dumps(claims_of(signer.mint("otterotr", session))).encode()
    assert signer.verify(forged(HEADER, padded + b" " * 100, key)) is not None
    assert signer.verify(forged(HEADER, padded + b" " * 2000, key)) is None
    assert signer.verify(part(HEADER) + "." + "A" * 2**20) is None


# Revocation


def test_a_revoked_session_takes_all_with_it(
    signer: Signer, session: Session, tmp_path: Path, clock: FakeClock
) -> None:
    """Its own token and its kernels' are refused, now, in another server, and after a restart; others are not."""
    own, kernel = signer.mint("otterotr", session), signer.mint("otterotr", session, kernel="k", seconds=60)
    other = signer.mint("otterotr", Session.begin("stamp", session.expires))
    beside = Signer(tmp_path / "home", clock)
    assert beside.verify(own) is not None
    signer.revoke(session)
    for each in (signer, beside, Signer(tmp_path / "home", clock)):
        assert each.verify(own) is None
        assert each.verify(kernel) is None
        assert each.revoked(session)
        assert each.verify(other) is not None


def test_revocations_are_forgotten_when_their_tokens_have_ended(
    signer: Signer, session: Session, tmp_path: Path, clock: FakeClock
) -> None:
    """The list does not grow for ever."""
    signer.revoke(session)
    clock.move(timedelta(hours=2))
    later = Session.begin("stamp", signer.time + 3600)
    signer.revoke(later)
    assert json.loads((tmp_path / "home" / "revoked.json").read_bytes()) == {str(later): later.expires}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": "b"}', b'{"a": 1', b"\xff"])
def test_a_damaged_list_lets_nobody_in(signer: Signer, session: Session, tmp_path: Path, content: bytes) -> None:
    """Who cannot tell who signed out says so, and what to do; the file is kept."""
    token = signer.mint("otterotr", session)
    (tmp_path / "home" / "revoked.json").write_bytes(content)
    with pytest.raises(SetupError, match=r"revoked\.json cannot be read.*signing\.key"):
        signer.verify(token)
    with pytest.raises(SetupError, match=r"revoked\.json cannot be read.*signing\.key"):
        signer.revoke(session)
    assert (tmp_path / "home" / "revoked.json").read_bytes() == content


# The key


def test_the_key_is_made_once(tmp_path: Path, clock: FakeClock, key: bytes, signer: Signer, session: Session) -> None:
    """It has 32 random bytes, and the next start finds it again: who is signed in stays so."""
    assert len(key) == 32
    assert Signer(tmp_path / "home", clock).verify(signer.mint("otterotr", session)) is not None
    assert (tmp_path / "home" / "signing.key").read_bytes() == key
    Signer(tmp_path / "elsewhere", clock)
    assert (tmp_path / "elsewhere" / "signing.key").read_bytes() != key


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_key(tmp_path: Path, clock: FakeClock) -> None:
    """Key and list have mode 0600, whatever the umask."""
    before = os.umask(0)
    try:
        made = Signer(tmp_path / "home", clock)
        made.revoke(Session.begin("stamp", made.time + 60))
    finally:
        os.umask(before)
    for name in ("signing.key", "revoked.json"):
        assert stat.S_IMODE((tmp_path / "home" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33])
def test_a_damaged_key_is_never_used(tmp_path: Path, clock: FakeClock, content: bytes) -> None:
    """An empty or short key signs nothing: the studio says what to do, and keeps the file."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "signing.key").write_bytes(content)
    with pytest.raises(SetupError, match=r"signing\.key cannot be read"):
        Signer(tmp_path / "home", clock)
    assert (tmp_path / "home" / "signing.key").read_bytes() == content


@pytest.mark.parametrize("name", ["", "a", "a.b", "a.b.", "a.b.-1", "a.b.1.5", "a.b.١", "a.b.1e3"])
def test_a_name_of_no_session(name: str) -> None:
    """What is no name of a session is None."""
    assert Session.named(name) is None


def test_a_session_has_a_name(session: Session) -> None:
    """A session is found again by its name."""
    assert Session.named(str(session)) == session
