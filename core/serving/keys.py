"""Who asks the scoring API, by the header Authorization."""

import time

from core.access.service import AccessService
from core.records.access import LOCAL, Actor
from core.settings import Auth

KNOWN_S = 1.0
"""A key looked up is known so long without the store: revoking it counts within this time."""

MOST_KNOWN = 1000


class Keys:
    """Turns headers into actors; safe to share between threads."""

    def __init__(self, access: AccessService, auth: Auth) -> None:
        """While ``auth`` is off, everybody is the local user."""
        self._access = access
        self._is_open = auth is Auth.OFF
        self._known: dict[str, tuple[Actor, float]] = {}

    def known(self, authorization: str) -> Actor | None:
        """Return who asks if that is known without asking the store, as the event loop must not."""
        if self._is_open:
            return LOCAL
        actor, until = self._known.get(authorization, (None, 0.0))
        return actor if time.monotonic() < until else None

    def actor(self, authorization: str) -> Actor:
        """Return who asks: the local user while AUTH is off, else the owner of the key.

        Raises:
            KeyRefused: the key is missing, wrong, expired or revoked.
        """
        if self._is_open:
            return LOCAL
        kind, _, secret = authorization.partition(" ")
        actor = self._access.actor_of_key(secret.strip() if kind.lower() == "bearer" else None)
        if len(self._known) >= MOST_KNOWN:
            self._known = {}
        self._known[authorization] = actor, time.monotonic() + KNOWN_S
        return actor
