"""Users, sessions and API keys in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from core.errors import NotFound, UserExists, UserNotFound
from core.records.access import ApiKey, Role, Session, SignInAttempt, User
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import account, api_key
from storage.tables import attempt as attempts
from storage.tables import session as sessions


class SqlAccounts:
    """A :class:`core.ports.accounts.AccountRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add_user(self, user: User) -> None:
        """Store a new user.

        Raises:
            UserExists: the name is taken.
        """
        if not self._db.change(self._db.insert(account).on_conflict_do_nothing(), to_row(user)):
            raise UserExists(name=user.name)

    def get_user(self, name: str) -> User:
        """Return a user.

        Raises:
            UserNotFound: there is none of that name.
        """
        user = self._db.one(User, self._db.locked(select(account).where(account.c.name == name)))
        if user is None:
            raise UserNotFound(name=name)
        return user

    def users(self) -> list[User]:
        """Return all users by name."""
        return sorted(self._db.all(User, select(account)), key=lambda user: user.name)

    def set_role(self, name: str, role: Role) -> None:
        """Change a user's role.

        Raises:
            UserNotFound: there is none of that name.
        """
        self._update_user(name, {"role": role.value})

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut a user out, or let them in again; shutting out ends their sessions.

        Raises:
            UserNotFound: there is none of that name.
        """
        self._update_user(name, {"disabled": disabled})
        if disabled:
            self._db.change(delete(sessions).where(sessions.c.user == name))

    def add_session(self, session: Session) -> None:
        """Store a signed-in browser.

        Raises:
            UserNotFound: there is no such user.
        """
        self.get_user(session.user)
        self._db.change(self._db.insert(sessions), to_row(session))

    def session(self, token_sha256: str) -> Session | None:
        """Return the session, or None."""
        return self._db.one(Session, select(sessions).where(sessions.c.token_sha256 == token_sha256))

    def touch_session(self, token_sha256: str, now: datetime) -> None:
        """Note that the session was used."""
        self._db.change(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(seen_at=now))

    def end_session(self, token_sha256: str) -> None:
        """Sign the browser out; one that is not signed in is fine."""
        self._db.change(delete(sessions).where(sessions.c.token_sha256 == token_sha256))

    def add_attempt(self, attempt: SignInAttempt) -> None:
        """Note a failed sign-in."""
        self._db.change(self._db.insert(attempts), to_row(attempt))

    def attempts(self, user: str, since: datetime) -> int:
        """Count the failed sign-ins of ``user`` from ``since`` on."""
        query = select(func.count()).select_from(attempts).where(attempts.c.user == user, attempts.c.at >= since)
        return int(self._db.value(query))

    def clear_attempts(self, user: str) -> None:
        """Forget the failed sign-ins of ``user``."""
        self._db.change(delete(attempts).where(attempts.c.user == user))

    def add_key(self, key: ApiKey) -> None:
        """Store a new API key."""
        self._db.change(self._db.insert(api_key), to_row(key))

    def key(self, key_sha256: str) -> ApiKey | None:
        """Return the key with that hash, or None."""
        return self._db.one(ApiKey, select(api_key).where(api_key.c.key_sha256 == key_sha256))

    def keys(self) -> list[ApiKey]:
        """Return all keys, newest first."""
        return self._db.all(ApiKey, select(api_key).order_by(api_key.c.seq.desc()))

    def revoke_key(self, id: str, now: datetime) -> None:
        """Revoke a key for good; one that is revoked already keeps its moment.

        Raises:
            NotFound: there is none with that id.
        """
        revoked = func.coalesce(api_key.c.revoked_at, now)
        if not self._db.change(update(api_key).where(api_key.c.id == id).values(revoked_at=revoked)):
            raise NotFound(what=f"The API key {id}")

    def _update_user(self, name: str, values: dict[str, Any]) -> None:
        if not self._db.change(update(account).where(account.c.name == name).values(values)):
            raise UserNotFound(name=name)
