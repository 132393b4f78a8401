"""Signing in and out, users and API keys."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest

from core.access import passwords
from core.access.service import AccessService
from core.errors import (
    Denied,
    InvalidInput,
    InvalidName,
    KeyRefused,
    NotFound,
    SignInFailed,
    SignInRequired,
    TooManyAttempts,
    UserExists,
    UserNotFound,
    WeakPassword,
)
from core.records.access import LOCAL, Actor, Role
from storage.memory import MemoryStore
from tests.builders import FakeClock

PASSWORD = "correct horse battery"
VIEWER = Actor(name="vic", role=Role.VIEWER)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def access(store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AccessService:
    cheap = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "NOBODY", cheap.hash("nobody's password"))
    service = AccessService(store, clock)
    service.add_user(LOCAL, "ann", PASSWORD, Role.SCIENTIST)
    return service


def actions(store: MemoryStore) -> list[tuple[str, str, str]]:
    with store.read() as work:
        return [(event.actor, event.action, event.subject) for event in work.events.all()]


def test_a_user_signs_in_and_is_known_by_the_token(access: AccessService) -> None:
    token = access.sign_in("ann", PASSWORD)
    assert access.actor_of_session(token) == Actor(name="ann", role=Role.SCIENTIST)


def test_names_are_typed_with_capitals_and_spaces_all_the_same(access: AccessService) -> None:
    assert access.actor_of_session(access.sign_in(" Ann ", PASSWORD)).name == "ann"


def test_each_sign_in_gives_a_new_token_of_256_bits_kept_only_as_a_hash(
    access: AccessService, store: MemoryStore
) -> None:
    first, second = access.sign_in("ann", PASSWORD), access.sign_in("ann", PASSWORD)
    assert first != second
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", first)
    with store.read() as work:
        session = work.accounts.session(hashlib.sha256(first.encode()).hexdigest())
        assert session is not None
        assert first not in session.model_dump_json()


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "wrong horse battery"), ("bob", PASSWORD), ("", PASSWORD), ("' OR 1=1 --", PASSWORD), ("ann", "")],
)
def test_a_wrong_name_and_a_wrong_password_fail_with_the_same_words(
    access: AccessService, name: str, password: str
) -> None:
    with pytest.raises(SignInFailed) as refused:
        access.sign_in(name, password)
    assert refused.value.message == "The name or the password is wrong."


def test_an_unknown_user_costs_a_password_check_like_a_known_one(
    access: AccessService, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def spy(kept: str, password: str) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr(passwords, "matches", spy)
    for name in ("ann", "bob"):
        with pytest.raises(SignInFailed):
            access.sign_in(name, PASSWORD)
    assert checked[0].startswith("$argon2id$")
    assert checked[1] == passwords.NOBODY


def test_a_disabled_user_fails_like_a_wrong_password(access: AccessService) -> None:
    access.set_disabled(LOCAL, "ann", disabled=True)
    with pytest.raises(SignInFailed):
        access.sign_in("ann", PASSWORD)
    access.set_disabled(LOCAL, "ann", disabled=False)
    assert access.sign_in("ann", PASSWORD)


def test_the_eleventh_guess_in_fifteen_minutes_is_refused_even_when_right(
    access: AccessService, clock: FakeClock
) -> None:
    for _ in range(10):
        with pytest.raises(SignInFailed):
            access.sign_in("ann", "wrong horse battery")
    with pytest.raises(TooManyAttempts):
        access.sign_in("ann", PASSWORD)
    clock.advance(15 * 60 + 1)
    assert access.sign_in("ann", PASSWORD)


def test_guessing_at_a_name_nobody_has_is_slowed_down_the_same(access: AccessService) -> None:
    for _ in range(10):
        with pytest.raises(SignInFailed):
            access.sign_in("bob", "wrong horse battery")
    with pytest.raises(TooManyAttempts):
        access.sign_in("bob", "wrong horse battery")
    assert access.sign_in("ann", PASSWORD)


def test_signing_in_forgets_the_failures_before(access: AccessService) -> None:
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(SignInFailed):
                access.sign_in("ann", "wrong horse battery")
        access.sign_in("ann", PASSWORD)


def test_a_session_ends_after_thirty_idle_minutes(access: AccessService, clock: FakeClock) -> None:
    token = access.sign_in("ann", PASSWORD)
    clock.advance(30 * 60 - 1)
    access.actor_of_session(token)
    clock.advance(30 * 60)
    with pytest.raises(SignInRequired):
        access.actor_of_session(token)
    clock.advance(-60 * 60)
    with pytest.raises(SignInRequired):
        access.actor_of_session(token)


def test_a_session_in_use_ends_after_twelve_hours(access: AccessService, clock: FakeClock) -> None:
    token = access.sign_in("ann", PASSWORD)
    for _ in range(35):
        clock.advance(20 * 60)
        access.actor_of_session(token)
    clock.advance(20 * 60)
    with pytest.raises(SignInRequired):
        access.actor_of_session(token)


def test_a_session_in_use_is_noted_at_most_once_a_minute(
    access: AccessService, store: MemoryStore, clock: FakeClock
) -> None:
    token = access.sign_in("ann", PASSWORD)
    before = store.revision()
    for _ in range(59):
        clock.advance(1)
        access.actor_of_session(token)
    assert store.revision() == before
    clock.advance(1)
    access.actor_of_session(token)
    assert store.revision() == before + 1


def test_signing_out_disabling_and_unknown_tokens_end_in_the_same_refusal(access: AccessService) -> None:
    left = access.sign_in("ann", PASSWORD)
    access.sign_out(left)
    access.sign_out(left)
    shut_out = access.sign_in("ann", PASSWORD)
    access.set_disabled(LOCAL, "ann", disabled=True)
    for token in (left, shut_out, None, "", "nonsense", "\udc80"):
        with pytest.raises(SignInRequired):
            access.actor_of_session(token)


def test_a_new_role_counts_from_the_next_action_on(access: AccessService) -> None:
    token = access.sign_in("ann", PASSWORD)
    access.set_role(LOCAL, "ann", Role.APPROVER)
    assert access.actor_of_session(token).role is Role.APPROVER


@pytest.mark.parametrize("name", ["", "Ann", "../ann", "a b", "ann\n", "x" * 64, "-ann", "ann;--"])
def test_a_user_name_of_another_shape_is_refused(access: AccessService, name: str) -> None:
    with pytest.raises(InvalidName):
        access.add_user(LOCAL, name, PASSWORD, Role.VIEWER)


@pytest.mark.parametrize("name", ["local", "system"])
def test_the_names_of_pilothouse_itself_cannot_be_taken(access: AccessService, name: str) -> None:
    with pytest.raises(InvalidInput, match="Pilothouse's own"):
        access.add_user(LOCAL, name, PASSWORD, Role.VIEWER)


def test_a_taken_name_and_a_weak_password_are_refused(access: AccessService) -> None:
    with pytest.raises(UserExists):
        access.add_user(LOCAL, "ann", PASSWORD, Role.VIEWER)
    with pytest.raises(WeakPassword):
        access.add_user(LOCAL, "bob", "short", Role.VIEWER)
    assert [user.name for user in access.users(LOCAL)] == ["ann"]


def test_changing_a_user_who_does_not_exist_says_so(access: AccessService) -> None:
    with pytest.raises(UserNotFound):
        access.set_role(LOCAL, "bob", Role.ADMIN)
    with pytest.raises(UserNotFound):
        access.set_disabled(LOCAL, "bob", disabled=True)


def test_an_api_key_acts_with_its_own_name_and_role(access: AccessService) -> None:
    key, secret = access.create_key(LOCAL, "scoring", Role.OPERATOR)
    assert access.actor_of_key(secret) == Actor(name="key:scoring", role=Role.OPERATOR)
    assert access.keys(LOCAL) == [key]


def test_an_api_key_has_a_prefix_256_bits_and_a_checksum_and_is_kept_only_as_a_hash(access: AccessService) -> None:
    secrets = [access.create_key(LOCAL, "scoring", Role.OPERATOR)[1] for _ in range(20)]
    assert len(set(secrets)) == 20
    assert all(re.fullmatch(r"phk_[0-9A-Za-z]{49}", secret) for secret in secrets)
    stored = "".join(key.model_dump_json() for key in access.keys(LOCAL))
    assert not any(secret in stored for secret in secrets)
    assert all(key.prefix in secret for key, secret in zip(reversed(access.keys(LOCAL)), secrets, strict=True))


@pytest.mark.parametrize("spoil", [lambda key: key[:-1], lambda key: key[:-1] + "!", lambda key: key.lower()])
def test_a_mistyped_key_is_refused_without_asking_the_store(
    access: AccessService, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, spoil: Any
) -> None:
    _, secret = access.create_key(LOCAL, "scoring", Role.OPERATOR)
    monkeypatch.setattr(store, "read", None)
    for wrong in (spoil(secret), None, "", "phk_", "é" * 53):
        with pytest.raises(KeyRefused):
            access.actor_of_key(wrong)


def test_a_well_formed_key_that_was_never_given_out_is_refused(access: AccessService) -> None:
    _, secret = AccessService(MemoryStore(), FakeClock()).create_key(LOCAL, "scoring", Role.OPERATOR)
    with pytest.raises(KeyRefused):
        access.actor_of_key(secret)


def test_a_key_ends_when_it_expires_or_is_revoked(access: AccessService, clock: FakeClock) -> None:
    _, lasting = access.create_key(LOCAL, "lasting", Role.OPERATOR, clock.now() + timedelta(hours=1))
    revoked, secret = access.create_key(LOCAL, "revoked", Role.OPERATOR)
    access.revoke_key(LOCAL, revoked.id)
    with pytest.raises(KeyRefused):
        access.actor_of_key(secret)
    clock.advance(3599)
    assert access.actor_of_key(lasting).name == "key:lasting"
    clock.advance(1)
    with pytest.raises(KeyRefused):
        access.actor_of_key(lasting)


def test_a_key_that_would_have_expired_or_cannot_be_named_is_not_made(access: AccessService, clock: FakeClock) -> None:
    with pytest.raises(InvalidInput, match="has passed"):
        access.create_key(LOCAL, "scoring", Role.OPERATOR, clock.now())
    with pytest.raises(InvalidName):
        access.create_key(LOCAL, "my key", Role.OPERATOR)
    with pytest.raises(NotFound):
        access.revoke_key(LOCAL, "nothing")
    assert access.keys(LOCAL) == []


def test_whoever_may_not_manage_users_can_do_none_of_it(access: AccessService) -> None:
    deeds: list[Any] = [
        lambda: access.add_user(VIEWER, "bob", PASSWORD, Role.ADMIN),
        lambda: access.users(VIEWER),
        lambda: access.set_role(VIEWER, "ann", Role.ADMIN),
        lambda: access.set_disabled(VIEWER, "ann", disabled=True),
        lambda: access.create_key(VIEWER, "scoring", Role.ADMIN),
        lambda: access.keys(VIEWER),
        lambda: access.revoke_key(VIEWER, "nothing"),
    ]
    for deed in deeds:
        with pytest.raises(Denied):
            deed()


def test_every_change_is_in_the_audit_trail_and_no_secret_is(access: AccessService, store: MemoryStore) -> None:
    token = access.sign_in("ann", PASSWORD)
    access.set_role(LOCAL, "ann", Role.APPROVER)
    key, secret = access.create_key(LOCAL, "scoring", Role.OPERATOR)
    access.revoke_key(LOCAL, key.id)
    access.set_disabled(LOCAL, "ann", disabled=True)
    assert actions(store) == [
        ("local", "user.add", "ann"),
        ("ann", "user.sign_in", "ann"),
        ("local", "user.role", "ann"),
        ("local", "key.create", key.id),
        ("local", "key.revoke", key.id),
        ("local", "user.disable", "ann"),
    ]
    with store.read() as work:
        trail = "".join(event.model_dump_json() for event in work.events.all())
    assert not any(word in trail for word in (token, secret, PASSWORD, "argon2"))
