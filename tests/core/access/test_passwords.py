"""Password hashes."""

import argon2
import pytest

from core.access import passwords
from core.errors import WeakPassword


def test_a_hash_matches_its_password_and_no_other() -> None:
    kept = passwords.hashed("correct horse battery")
    assert passwords.matches(kept, "correct horse battery")
    assert not passwords.matches(kept, "correct horse batterz")


def test_a_hash_is_argon2id_with_64_mib_three_passes_and_one_lane() -> None:
    for kept in (passwords.hashed("correct horse battery"), passwords.NOBODY):
        found = argon2.extract_parameters(kept)
        assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (argon2.Type.ID, 65536, 3, 1)


def test_two_hashes_of_one_password_differ() -> None:
    assert passwords.hashed("correct horse battery") != passwords.hashed("correct horse battery")


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1001])
def test_a_password_of_unfit_length_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.hashed(password)


def test_a_password_longer_than_any_kept_one_is_not_even_tried() -> None:
    assert not passwords.matches("no hash at all", "x" * 1001)


def test_a_damaged_hash_matches_nothing() -> None:
    assert not passwords.matches("$argon2id$v=19$broken", "correct horse battery")
    assert not passwords.matches("", "correct horse battery")


def test_composed_and_decomposed_letters_are_the_same_password() -> None:
    kept = passwords.hashed("caf\u00e9 caf\u00e9 caf\u00e9")
    assert passwords.matches(kept, "cafe\u0301 cafe\u0301 cafe\u0301")


def test_characters_no_encoding_knows_are_a_wrong_password_and_no_crash() -> None:
    assert not passwords.matches(passwords.NOBODY, "\udc80" * 12)
