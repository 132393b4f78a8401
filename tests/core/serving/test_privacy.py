from core.serving.privacy import Privacy

RECORD = {"name": "Ann", "age": 30, "email": "a@b.c", "gap": None}


def test_without_rules_a_record_is_kept_as_it_is() -> None:
    assert Privacy().kept("churn", RECORD) is RECORD


def test_columns_are_dropped_or_masked_in_every_project_or_in_one() -> None:
    privacy = Privacy(drop="email, bikes.age", mask="name,churn.age,gap")
    assert privacy.kept("churn", RECORD) == {"name": "(masked)", "age": None, "gap": None}
    assert privacy.kept("bikes", RECORD) == {"name": "(masked)", "gap": None}
