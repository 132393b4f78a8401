"""What each role may do."""

import pytest

from core.access.permissions import ROLE_PERMISSIONS, may, require
from core.errors import Denied
from core.records.access import Actor, Permission, Role

V, P, D, L, T, J, R, B, Q, G, K, N, M, W, Z, S, C, A, H, X, E, U = Permission
MATRIX = {
    Role.VIEWER: {V},
    Role.SCIENTIST: {V, P, D, L, T, J, K, N, M, W, Z, S, C, X},
    Role.APPROVER: {V, P, R, B, G, K, N, M, W},
    Role.OPERATOR: {V, P, L, N, M, W, Z, S, C, H},
    Role.AUDITOR: {V, A},
    Role.ADMIN: {V, P, D, L, T, J, R, B, Q, G, K, N, M, W, Z, S, C, A, H, X, E, U},
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_matrix_says_and_nothing_else(role: Role, permission: Permission) -> None:
    actor = Actor(name="ann", role=role)
    allowed = permission in MATRIX[role]
    assert may(actor, permission) is allowed
    if allowed:
        require(actor, permission)
    else:
        with pytest.raises(Denied) as refused:
            require(actor, permission)
        assert refused.value.message == (
            f"The role {role.value} may not {permission.value}. Ask an administrator for a role that may."
        )


def test_every_role_has_a_row_in_the_table() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_only_approvers_and_administrators_put_models_into_production() -> None:
    assert {role for role in Role if Permission.PROMOTE in ROLE_PERMISSIONS[role]} == {Role.APPROVER, Role.ADMIN}
