"""Who may do what."""

from enum import StrEnum

from core.records.base import Moment, Record


class Role(StrEnum):
    """What a person is here for."""

    VIEWER = "viewer"
    SCIENTIST = "scientist"
    APPROVER = "approver"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(StrEnum):
    """Something a service asks leave for, read as 'may not ...'."""

    VIEW = "view"
    PREDICT = "ask for predictions"
    ADD_DATA = "add data"
    ADD_LABELS = "add labels"
    TRAIN = "start trainings"
    MANAGE_PROJECTS = "create or delete projects"
    PROMOTE = "promote or roll back"
    APPROVE = "approve or reject promotions"
    OVERRIDE_GATES = "promote against the verdict of the gates"
    SET_GATES = "set the gates of a project"
    WRITE_CARDS = "write model cards"
    NOTE_RUNS = "mark, tag or comment on runs"
    MONITOR = "run checks"
    ANSWER_ALERTS = "acknowledge, mute or resolve alerts"
    MANAGE_ALERTS = "change alert rules or channels"
    SCHEDULE = "change schedules"
    MANAGE_JOBS = "cancel or retry jobs"
    AUDIT = "read the audit trail"
    MAINTAIN = "check, tidy, back up or restore the stores"
    DELETE_DATA = "delete data or runs"
    ADD_RECIPES = "add or remove own recipes"
    MANAGE_USERS = "manage users and keys"


class Actor(Record):
    """Whoever acts: a signed-in person, an API key, the scheduler, or the one local user."""

    name: str
    role: Role


LOCAL = Actor(name="local", role=Role.ADMIN)
"""The person at the keyboard while AUTH is off."""

SYSTEM = Actor(name="system", role=Role.ADMIN)
"""Pilothouse itself: the scheduler and its jobs."""


class User(Record):
    """A person who can sign in."""

    name: str
    role: Role
    password_hash: str
    disabled: bool
    created_at: Moment


class Session(Record):
    """A signed-in browser; only the hash of its token is stored."""

    token_sha256: str
    user: str
    created_at: Moment
    seen_at: Moment
    expires_at: Moment


class ApiKey(Record):
    """A key for the scoring API; only its hash is stored."""

    id: str
    name: str
    prefix: str
    key_sha256: str
    role: Role
    created_at: Moment
    created_by: str
    expires_at: Moment | None
    revoked_at: Moment | None


class SignInAttempt(Record):
    """One failed sign-in, to slow down guessing."""

    user: str
    at: Moment
