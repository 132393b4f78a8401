"""Signing in and out, users and API keys."""

import hashlib
import re
import secrets
import string
import zlib
from datetime import datetime, timedelta

from core import audit
from core.access import passwords
from core.access.permissions import require
from core.clock import Clock
from core.errors import (
    InvalidInput,
    InvalidName,
    KeyRefused,
    SignInFailed,
    SignInRequired,
    TooManyAttempts,
    UserNotFound,
)
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import LOCAL, SYSTEM, Actor, ApiKey, Permission, Role, Session, SignInAttempt, User
from core.records.base import checked_name, new_id

IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
FAILURES = 10
FAILURE_WINDOW = timedelta(minutes=15)
# A screen run asks every second or so; noting the use of a session once a minute is exact enough.
_TOUCH_AFTER = timedelta(minutes=1)
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(r"phk_[0-9A-Za-z]{43}[0-9A-Za-z]{6}")


class AccessService:
    """Turns passwords, session tokens and API keys into actors; secrets are stored only as hashes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def sign_in(self, name: str, password: str) -> str:
        """Start a session; return its token (256 random bits), which is shown to nobody but the browser.

        Every failure counts before the password is looked at, so that parallel guesses gain nothing; an unknown
        user takes the same path and time as a wrong password.

        Raises:
            SignInFailed: name or password is wrong, or the user is disabled.
            TooManyAttempts: ten failures in the last fifteen minutes.
        """
        name = _account(name)
        self._count_attempt(name)
        with self._store.read() as work:
            user = _find_user(work, name)
        right = passwords.matches(user.password_hash if user else passwords.NOBODY, password)
        if not user or not right:
            raise SignInFailed
        return self._open_session(name)

    def actor_of_session(self, token: str | None) -> Actor:
        """Return who is behind a session token, with the role they have now.

        Raises:
            SignInRequired: no token, or its session has ended: signed out, 30 minutes idle, 12 hours old, disabled.
        """
        if not token:
            raise SignInRequired
        now, digest = self._clock.now(), _digest(token)
        with self._store.read() as work:
            session = work.accounts.session(digest)
            user = _find_user(work, session.user) if session else None
        if not session or not user or user.disabled:
            raise SignInRequired
        if now >= session.expires_at or now - session.seen_at >= IDLE:
            self.sign_out(token)
            raise SignInRequired
        if now - session.seen_at >= _TOUCH_AFTER:
            self._touch(digest, now)
        return Actor(name=user.name, role=user.role)

    def sign_out(self, token: str) -> None:
        """End a session; one that has ended is fine."""
        with self._store.write() as work:
            work.accounts.end_session(_digest(token))
            work.commit()

    def add_user(self, actor: Actor, name: str, password: str, role: Role) -> User:
        """Let a new person sign in.

        Raises:
            Denied: the actor may not manage users.
            InvalidName: the name has a wrong shape; InvalidInput: it is reserved.
            WeakPassword: the password is too short or too long.
            UserExists: the name is taken.
        """
        require(actor, Permission.MANAGE_USERS)
        if checked_name(name, "user") in (LOCAL.name, SYSTEM.name):
            raise InvalidInput(problem=f"The name {name!r} is Pilothouse's own. Choose another.")
        now = self._clock.now()
        secret = passwords.hashed(password)
        user = User(name=name, role=role, password_hash=secret, disabled=False, created_at=now)
        with self._store.write() as work:
            work.accounts.add_user(user)
            audit.record(work, now, actor.name, "user.add", None, name, {"role": role.value})
            work.commit()
        return user

    def users(self, actor: Actor) -> list[User]:
        """Return all users by name.

        Raises:
            Denied: the actor may not manage users.
        """
        require(actor, Permission.MANAGE_USERS)
        with self._store.read() as work:
            return work.accounts.users()

    def set_role(self, actor: Actor, name: str, role: Role) -> None:
        """Give a user another role; it counts from their next action on.

        Raises:
            Denied: the actor may not manage users.
            UserNotFound: there is none of that name.
        """
        require(actor, Permission.MANAGE_USERS)
        with self._store.write() as work:
            was = work.accounts.get_user(name).role
            work.accounts.set_role(name, role)
            details = {"role": role.value, "was": was.value}
            audit.record(work, self._clock.now(), actor.name, "user.role", None, name, details)
            work.commit()

    def set_disabled(self, actor: Actor, name: str, disabled: bool) -> None:
        """Shut a user out, ending their sessions, or let them in again.

        Raises:
            Denied: the actor may not manage users.
            UserNotFound: there is none of that name.
        """
        require(actor, Permission.MANAGE_USERS)
        action = "user.disable" if disabled else "user.enable"
        with self._store.write() as work:
            work.accounts.set_disabled(name, disabled)
            audit.record(work, self._clock.now(), actor.name, action, None, name, {})
            work.commit()

    def create_key(self, actor: Actor, name: str, role: Role, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
        """Make an API key; return its record and the key itself, which cannot be shown again.

        Raises:
            Denied: the actor may not manage keys.
            InvalidName: the name has a wrong shape.
            InvalidInput: the key would have expired already.
        """
        require(actor, Permission.MANAGE_USERS)
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise InvalidInput(problem=f"The key would expire at {expires_at:%Y-%m-%d %H:%M}, which has passed.")
        secret = _new_key()
        key = ApiKey(
            id=new_id(),
            name=checked_name(name, "key"),
            prefix=secret[:10],
            key_sha256=_digest(secret),
            role=role,
            created_at=now,
            created_by=actor.name,
            expires_at=expires_at,
            revoked_at=None,
        )
        with self._store.write() as work:
            work.accounts.add_key(key)
            details = {"name": key.name, "role": role.value, "prefix": key.prefix}
            audit.record(work, now, actor.name, "key.create", None, key.id, details)
            work.commit()
        return key, secret

    def actor_of_key(self, secret: str | None) -> Actor:
        """Return who is behind an API key: ``key:`` and the key's name, with the key's role.

        Raises:
            KeyRefused: it is missing, mistyped, unknown, expired or revoked.
        """
        if not secret or not _KEY.fullmatch(secret) or _checksum(secret[:-6]) != secret[-6:]:
            raise KeyRefused
        with self._store.read() as work:
            key = work.accounts.key(_digest(secret))
        expired = key and key.expires_at and key.expires_at <= self._clock.now()
        if not key or key.revoked_at or expired:
            raise KeyRefused
        return Actor(name=f"key:{key.name}", role=key.role)

    def keys(self, actor: Actor) -> list[ApiKey]:
        """Return all keys, newest first; the secrets are not among what is known of them.

        Raises:
            Denied: the actor may not manage keys.
        """
        require(actor, Permission.MANAGE_USERS)
        with self._store.read() as work:
            return work.accounts.keys()

    def revoke_key(self, actor: Actor, id: str) -> None:
        """Revoke a key, at once and for good.

        Raises:
            Denied: the actor may not manage keys.
            NotFound: there is none with that id.
        """
        require(actor, Permission.MANAGE_USERS)
        now = self._clock.now()
        with self._store.write() as work:
            work.accounts.revoke_key(id, now)
            audit.record(work, now, actor.name, "key.revoke", None, id, {})
            work.commit()

    def _count_attempt(self, name: str) -> None:
        now = self._clock.now()
        with self._store.write() as work:
            if work.accounts.attempts(name, now - FAILURE_WINDOW) >= FAILURES:
                raise TooManyAttempts(minutes=int(FAILURE_WINDOW.total_seconds() // 60))
            work.accounts.add_attempt(SignInAttempt(user=name, at=now))
            work.commit()

    def _open_session(self, name: str) -> str:
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        session = Session(
            token_sha256=_digest(token), user=name, created_at=now, seen_at=now, expires_at=now + LONGEST_SESSION
        )
        with self._store.write() as work:
            # Asked again under the write lock: the user may have been shut out while the password was checked.
            if work.accounts.get_user(name).disabled:
                raise SignInFailed
            work.accounts.clear_attempts(name)
            work.accounts.add_session(session)
            audit.record(work, now, name, "user.sign_in", None, name, {})
            work.commit()
        return token

    def _touch(self, digest: str, now: datetime) -> None:
        with self._store.write() as work:
            work.accounts.touch_session(digest, now)
            work.commit()


def _account(typed: str) -> str:
    """Return the user name meant by what was typed; all that cannot be one share a single name nobody has."""
    try:
        return checked_name(typed.strip().lower(), "user")
    except InvalidName:
        return "?"


def _find_user(work: UnitOfWork, name: str) -> User | None:
    try:
        return work.accounts.get_user(name)
    except UserNotFound:
        return None


def _digest(secret: str) -> str:
    """Hash a secret of 256 random bits; guessing is hopeless, so a fast hash without salt will do."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _new_key() -> str:
    body = "phk_" + _base62(secrets.randbits(256), 43)
    return body + _checksum(body)


def _checksum(body: str) -> str:
    """Let typing errors, and strings that only look like keys, be told apart without asking the store."""
    return _base62(zlib.crc32(body.encode("ascii")), 6)


def _base62(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, rest = divmod(number, 62)
        text = _BASE62[rest] + text
    return text
