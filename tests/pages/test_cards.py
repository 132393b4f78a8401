"""The model card on the page of a version."""

from tests.pages.acting import screen, sound, texts


def test_a_card_shows_facts_and_takes_texts(grown):
    at = screen("models", version="1")
    assert "Model card" in texts(at)
    assert "Not filled in yet. Who uses the answers" not in texts(at)
    at = screen("models", version="1", card="true")
    assert "Not filled in yet. Who uses the answers" in texts(at)
    sound(at.button(key="card.edit").click().run())
    at.text_area(key="card.field.intended_use.0").set_value("For **retention** calls.")
    sound(at.button(key="card.save").click().run())
    (saved,) = grown.cards.texts("phones", 1)
    assert saved.fields["intended_use"] == "For **retention** calls."
    said = texts(sound(at.run()))
    assert "For <strong>retention</strong> calls." in said

    sound(at.button(key="card.edit").click().run())
    assert at.text_area(key="card.field.intended_use.1").value == "For **retention** calls."
