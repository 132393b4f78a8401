from datetime import timedelta

import pytest

from core.errors import NotFound, UserExists, UserNotFound
from core.ports.unit_of_work import Store
from core.records.access import ApiKey, Role, Session, SignInAttempt, User
from tests.builders import START

LATER = START + timedelta(hours=1)


def user(**changes: object) -> User:
    fields = {"name": "ann", "role": Role.SCIENTIST, "password_hash": "$argon2id$x", "disabled": False}
    return User.model_validate({**fields, "created_at": START, **changes})


def session(**changes: object) -> Session:
    fields = {"token_sha256": "t1", "user": "ann", "created_at": START, "seen_at": START, "expires_at": LATER}
    return Session.model_validate({**fields, **changes})


def key(**changes: object) -> ApiKey:
    fields = {
        "id": "k1",
        "name": "shop",
        "prefix": "phk_abc",
        "key_sha256": "h1",
        "role": Role.VIEWER,
        "created_at": START,
        "created_by": "ann",
        "expires_at": None,
        "revoked_at": None,
    }
    return ApiKey.model_validate({**fields, **changes})


def test_users_come_back_by_name_and_in_order(store: Store) -> None:
    with store.write() as work:
        for name in ("zoe", "ann", "Bob"):
            work.accounts.add_user(user(name=name))
        work.commit()
    with store.read() as work:
        assert [item.name for item in work.accounts.users()] == ["Bob", "ann", "zoe"]
        assert work.accounts.get_user("ann") == user()


def test_a_user_name_is_given_once(store: Store) -> None:
    with store.write() as work:
        work.accounts.add_user(user())
        with pytest.raises(UserExists):
            work.accounts.add_user(user(role=Role.ADMIN))
        assert work.accounts.get_user("ann").role is Role.SCIENTIST


def test_role_and_access_of_a_user_change(store: Store) -> None:
    with store.write() as work:
        work.accounts.add_user(user())
        work.accounts.set_role("ann", Role.APPROVER)
        work.accounts.set_disabled("ann", disabled=True)
        assert work.accounts.get_user("ann") == user(role=Role.APPROVER, disabled=True)
        work.accounts.set_disabled("ann", disabled=False)
        assert not work.accounts.get_user("ann").disabled


def test_an_unknown_user_is_not_found(store: Store) -> None:
    with store.write() as work:
        for step in (
            lambda accounts: accounts.get_user("nope"),
            lambda accounts: accounts.set_role("nope", Role.ADMIN),
            lambda accounts: accounts.set_disabled("nope", disabled=True),
            lambda accounts: accounts.add_session(session(user="nope")),
        ):
            with pytest.raises(UserNotFound):
                step(work.accounts)


def test_a_session_lives_until_it_is_ended(store: Store) -> None:
    with store.write() as work:
        work.accounts.add_user(user())
        work.accounts.add_session(session())
        work.accounts.touch_session("t1", LATER)
        assert work.accounts.session("t1") == session(seen_at=LATER)
        work.accounts.end_session("t1")
        work.accounts.end_session("t1")
        work.accounts.touch_session("t1", LATER)
        assert work.accounts.session("t1") is None


def test_shutting_a_user_out_ends_their_sessions_only(store: Store) -> None:
    with store.write() as work:
        for name in ("ann", "bob"):
            work.accounts.add_user(user(name=name))
            work.accounts.add_session(session(user=name, token_sha256=f"t-{name}"))
        work.accounts.set_disabled("ann", disabled=True)
        assert work.accounts.session("t-ann") is None
        assert work.accounts.session("t-bob") is not None


def test_failed_sign_ins_are_counted_by_user_and_time(store: Store) -> None:
    with store.write() as work:
        for name, minute in (("ann", 0), ("ann", 10), ("ann", 20), ("bob", 20)):
            work.accounts.add_attempt(SignInAttempt(user=name, at=START + timedelta(minutes=minute)))
        assert work.accounts.attempts("ann", START + timedelta(minutes=10)) == 2
        work.accounts.clear_attempts("ann")
        assert (work.accounts.attempts("ann", START), work.accounts.attempts("bob", START)) == (0, 1)


def test_a_key_is_found_by_its_hash_and_listed_newest_first(store: Store) -> None:
    with store.write() as work:
        work.accounts.add_key(key())
        work.accounts.add_key(key(id="k2", key_sha256="h2", expires_at=LATER))
        assert work.accounts.key("h2") == key(id="k2", key_sha256="h2", expires_at=LATER)
        assert work.accounts.key("h3") is None
        all_keys = work.accounts.keys()
        assert [item.id for item in all_keys] == ["k2", "k1"]


def test_a_revoked_key_keeps_the_moment_of_its_revocation(store: Store) -> None:
    with store.write() as work:
        work.accounts.add_key(key())
        work.accounts.revoke_key("k1", START)
        work.accounts.revoke_key("k1", LATER)
        assert work.accounts.key("h1") == key(revoked_at=START)
        with pytest.raises(NotFound, match="The API key nope does not exist"):
            work.accounts.revoke_key("nope", START)
