"""The version's way out on the screen: pushed to where it is taken, refused where that makes no sense."""

from core.platform import Platform
from core.records.job import JobKind, JobState
from tests.pages.acting import screen, sound, texts, work_off


def test_a_push_is_asked_for_in_a_dialog_and_its_end_is_told(grown: Platform) -> None:
    at = screen("models", version="2")
    assert "its own server answers the known rows" in texts(at)
    sound(at.button(key="elsewhere.push").click().run())
    at.text_input(key="elsewhere.address").set_value("http://127.0.0.1:9/")
    sound(at.button(key="elsewhere.start").click().run())
    assert "addressed by the project on its scoring API" in at.error[0].value
    assert grown.queue.find(kinds=(JobKind.PUSH,)) == []
    sound(at.button(key="elsewhere.push").click().run())
    at.segmented_control(key="elsewhere.kind").set_value("Any upload")
    at.text_input(key="elsewhere.address").set_value("http://127.0.0.1:9/model.zip")
    sound(at.button(key="elsewhere.start").click().run())
    [job] = grown.queue.find(kinds=(JobKind.PUSH,))
    assert (job.payload["version"], job.payload["kind"], job.payload["method"]) == (2, "upload", "PUT")
    [done] = work_off(grown)
    assert done.state is JobState.FAILED
    at = screen("models", version="2")
    assert any("was not pushed to" in error.value for error in at.error)
