from pathlib import Path

from core.training.catalogue import CATALOGUE
from core.training.reference import markdown

PAGE = Path(__file__).resolve().parents[3] / "docs" / "estimators.md"


def test_the_page_says_what_the_catalogue_says():
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_every_family_and_hyperparameter_is_on_the_page():
    text = markdown()
    for entry in CATALOGUE:
        assert f"`{entry.key}` · {entry.group}" in text
        for name in entry.hints:
            assert f"| `{name}` |" in text
