"""Users, sessions and API keys in memory."""

from datetime import datetime

from core.errors import NotFound, UserExists, UserNotFound
from core.records.access import ApiKey, Role, Session, SignInAttempt, User
from storage.memory.tables import View


class MemoryAccounts:
    """A :class:`core.ports.accounts.AccountRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add_user(self, user: User) -> None:
        """Store a new user.

        Raises:
            UserExists: the name is taken.
        """
        users = self._view.change.users
        if user.name in users:
            raise UserExists(name=user.name)
        users[user.name] = user

    def get_user(self, name: str) -> User:
        """Return a user.

        Raises:
            UserNotFound: there is none of that name.
        """
        try:
            return self._view.see.users[name]
        except KeyError as error:
            raise UserNotFound(name=name) from error

    def users(self) -> list[User]:
        """Return all users by name."""
        users = self._view.see.users
        return [users[name] for name in sorted(users)]

    def set_role(self, name: str, role: Role) -> None:
        """Change a user's role.

        Raises:
            UserNotFound: there is none of that name.
        """
        users = self._view.change.users
        users[name] = self.get_user(name).model_copy(update={"role": role})

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut a user out, or let them in again; shutting out ends their sessions.

        Raises:
            UserNotFound: there is none of that name.
        """
        tables = self._view.change
        tables.users[name] = self.get_user(name).model_copy(update={"disabled": disabled})
        if disabled:
            tables.sessions = {key: row for key, row in tables.sessions.items() if row.user != name}

    def add_session(self, session: Session) -> None:
        """Store a signed-in browser.

        Raises:
            UserNotFound: there is no such user.
        """
        sessions = self._view.change.sessions
        self.get_user(session.user)
        sessions[session.token_sha256] = session

    def session(self, token_sha256: str) -> Session | None:
        """Return the session, or None."""
        return self._view.see.sessions.get(token_sha256)

    def touch_session(self, token_sha256: str, now: datetime) -> None:
        """Note that the session was used."""
        sessions = self._view.change.sessions
        session = sessions.get(token_sha256)
        if session is not None:
            sessions[token_sha256] = session.model_copy(update={"seen_at": now})

    def end_session(self, token_sha256: str) -> None:
        """Sign the browser out; one that is not signed in is fine."""
        self._view.change.sessions.pop(token_sha256, None)

    def add_attempt(self, attempt: SignInAttempt) -> None:
        """Note a failed sign-in."""
        tables = self._view.change
        tables.last_attempt += 1
        tables.attempts[tables.last_attempt] = attempt

    def attempts(self, user: str, since: datetime) -> int:
        """Count the failed sign-ins of ``user`` from ``since`` on."""
        rows = self._view.see.attempts.values()
        return sum(1 for row in rows if row.user == user and row.at >= since)

    def clear_attempts(self, user: str) -> None:
        """Forget the failed sign-ins of ``user``."""
        tables = self._view.change
        tables.attempts = {key: row for key, row in tables.attempts.items() if row.user != user}

    def add_key(self, key: ApiKey) -> None:
        """Store a new API key."""
        self._view.change.keys[key.id] = key

    def key(self, key_sha256: str) -> ApiKey | None:
        """Return the key with that hash, or None."""
        return next((key for key in self._view.see.keys.values() if key.key_sha256 == key_sha256), None)

    def keys(self) -> list[ApiKey]:
        """Return all keys, newest first."""
        return list(reversed(self._view.see.keys.values()))

    def revoke_key(self, id: str, now: datetime) -> None:
        """Revoke a key for good.

        Raises:
            NotFound: there is none with that id.
        """
        keys = self._view.change.keys
        if id not in keys:
            raise NotFound(what=f"The API key {id}")
        if keys[id].revoked_at is None:
            keys[id] = keys[id].model_copy(update={"revoked_at": now})
