"""The table of rights: the one place that decides what a role may do."""

from collections.abc import Mapping

from core.errors import Denied
from core.records.access import Actor, Permission, Role

_EVERYONE = frozenset({Permission.VIEW})

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _EVERYONE,
    Role.SCIENTIST: _EVERYONE
    | {
        Permission.PREDICT,
        Permission.ADD_DATA,
        Permission.ADD_LABELS,
        Permission.TRAIN,
        Permission.WRITE_CARDS,
        Permission.NOTE_RUNS,
        Permission.MANAGE_PROJECTS,
        Permission.DELETE_DATA,
        Permission.MONITOR,
        Permission.ANSWER_ALERTS,
        Permission.MANAGE_ALERTS,
        Permission.SCHEDULE,
        Permission.MANAGE_JOBS,
    },
    Role.APPROVER: _EVERYONE
    | {
        Permission.PREDICT,
        Permission.PROMOTE,
        Permission.APPROVE,
        Permission.SET_GATES,
        Permission.MONITOR,
        Permission.ANSWER_ALERTS,
        Permission.WRITE_CARDS,
        Permission.NOTE_RUNS,
    },
    Role.OPERATOR: _EVERYONE
    | {
        Permission.PREDICT,
        Permission.ADD_LABELS,
        Permission.NOTE_RUNS,
        Permission.MONITOR,
        Permission.ANSWER_ALERTS,
        Permission.MANAGE_ALERTS,
        Permission.SCHEDULE,
        Permission.MANAGE_JOBS,
        Permission.MAINTAIN,
    },
    Role.AUDITOR: _EVERYONE | {Permission.AUDIT},
    Role.ADMIN: frozenset(Permission),
}
"""What each role may do. Training and promoting are apart, so that two people can be asked to agree."""


def may(actor: Actor, permission: Permission) -> bool:
    """Tell whether ``actor`` has ``permission``, for screens that hide what cannot be done."""
    return permission in ROLE_PERMISSIONS[actor.role]


def require(actor: Actor, permission: Permission) -> None:
    """Let ``actor`` pass only with ``permission``.

    Raises:
        Denied: the actor's role does not have it.
    """
    if not may(actor, permission):
        raise Denied(role=actor.role.value, permission=permission.value)
