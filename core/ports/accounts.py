"""Users, sessions and API keys at rest."""

from datetime import datetime
from typing import Protocol

from core.records.access import ApiKey, Role, Session, SignInAttempt, User


class AccountRepository(Protocol):
    """Who can sign in, who is signed in, and which keys are out."""

    def add_user(self, user: User) -> None:
        """Store a new user.

        Raises:
            UserExists: the name is taken.
        """
        ...

    def get_user(self, name: str) -> User:
        """Return a user.

        Raises:
            UserNotFound: there is none of that name.
        """
        ...

    def users(self) -> list[User]:
        """Return all users by name."""
        ...

    def set_role(self, name: str, role: Role) -> None:
        """Change a user's role.

        Raises:
            UserNotFound: there is none of that name.
        """
        ...

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut a user out, or let them in again; shutting out ends their sessions.

        Raises:
            UserNotFound: there is none of that name.
        """
        ...

    def add_session(self, session: Session) -> None:
        """Store a signed-in browser.

        Raises:
            UserNotFound: there is no such user.
        """
        ...

    def session(self, token_sha256: str) -> Session | None:
        """Return the session, or None."""
        ...

    def touch_session(self, token_sha256: str, now: datetime) -> None:
        """Note that the session was used."""
        ...

    def end_session(self, token_sha256: str) -> None:
        """Sign the browser out; one that is not signed in is fine."""
        ...

    def add_attempt(self, attempt: SignInAttempt) -> None:
        """Note a failed sign-in."""
        ...

    def attempts(self, user: str, since: datetime) -> int:
        """Count the failed sign-ins of ``user`` from ``since`` on."""
        ...

    def clear_attempts(self, user: str) -> None:
        """Forget the failed sign-ins of ``user``."""
        ...

    def add_key(self, key: ApiKey) -> None:
        """Store a new API key."""
        ...

    def key(self, key_sha256: str) -> ApiKey | None:
        """Return the key with that hash, or None."""
        ...

    def keys(self) -> list[ApiKey]:
        """Return all keys, newest first."""
        ...

    def revoke_key(self, id: str, now: datetime) -> None:
        """Revoke a key for good.

        Raises:
            NotFound: there is none with that id.
        """
        ...
