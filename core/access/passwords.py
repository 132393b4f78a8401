"""Passwords: argon2id hashes, made and checked at a steady, bounded cost."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import WeakPassword

SHORTEST = 12
LONGEST = 1_000

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# Each hash takes 64 MiB and a core for a sixth of a second: two at once is what a laptop can give away.
_TURNSTILE = threading.BoundedSemaphore(2)

NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$fQIdcQKfLuDDS6H7u2T8yw$vMk4MfnPVtH0ycdi20cwdh30zWTJeSpfWAOxu/yASGg"
"""The hash of a thrown-away secret: checked in place of a user who does not exist, so that both take as long."""


def hashed(password: str) -> str:
    """Return the argon2id hash of ``password`` (64 MiB, 3 passes, 1 lane), salted.

    Raises:
        WeakPassword: it has fewer than 12 or more than 1,000 characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword
    with _TURNSTILE:
        return _HASHER.hash(_plain(password))


def matches(password_hash: str, password: str) -> bool:
    """Tell whether ``password`` is the one that was hashed; one too long to be any is not even tried."""
    if len(password) > LONGEST:
        return False
    try:
        with _TURNSTILE:
            return _HASHER.verify(password_hash, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> bytes:
    """Make one byte string of all the ways keyboards spell the same characters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
