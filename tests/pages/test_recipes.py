"""Own recipes in Settings."""

from tests.core.training.own_recipes.test_service import SHY_FOREST
from tests.pages.acting import screen, sound, texts


def test_a_waiting_file_is_added_after_its_text_was_shown_and_can_be_removed(grown):
    grown.recipes.folder.mkdir()
    (grown.recipes.folder / "shy_forest.py").write_text(SHY_FOREST)
    at = screen("settings")
    sound(at.button(key="recipe.add.shy_forest").click().run())
    assert "class Params(BaseModel)" in texts(at)
    sound(at.button(key="recipe.add.confirm").click().run())
    assert [recipe.name for recipe in grown.recipes.offered()] == ["shy_forest"]
    at = screen("settings")
    assert "Shy forest" in texts(at)
    sound(at.button(key="recipe.remove.shy_forest").click().run())
    sound(at.button(key="recipe.remove.confirm").click().run())
    assert grown.recipes.offered() == []
