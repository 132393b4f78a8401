"""The contract tab: inferred with one click, edited as YAML and in the form, its breaches shown, a reason asked for."""

import io

from core.records.access import LOCAL
from core.records.contract import Outcome, Requests
from core.records.dataset import DatasetRef
from tests.pages.acting import pick_row, screen, table, texts

REF = DatasetRef(name="customers", number=1)


def infer(grown):
    at = screen("datasets", dataset="customers@1", tab="contract")
    assert "has no contract yet" in texts(at)
    at.button(key="contract.infer").click().run()
    assert not at.exception
    return at


def save(at):
    next(button for button in at.button if button.label == "Save contract").click().run()


def test_a_contract_is_inferred_with_one_click_and_the_version_checked_at_once(grown):
    at = infer(grown)
    assert grown.contracts.result("phones", REF).outcome is Outcome.PASSES
    assert "Contract 1: 14 checks, set by local" in texts(at)
    listed = screen("datasets").dataframe[0].value
    assert [list(cell) for cell in listed["contract"]] == [[], ["Passes"]]


def test_yaml_is_saved_as_the_next_version_and_what_is_wrong_with_it_is_told(grown):
    at = infer(grown)
    at.segmented_control(key="contract.side").set_value("yaml").run()
    text = at.text_area(key="contract.yaml.1").value
    at.text_area(key="contract.yaml.1").set_value(text.replace("type: text", "type: words"))
    save(at)
    assert "columns.plan.type" in at.error[0].value.replace("\\", "")
    stricter = text.replace("[basic, plus]", "[basic]")
    at.text_area(key="contract.yaml.1").set_value(stricter)
    save(at)
    contract = grown.contracts.newest("phones", "customers")
    assert (contract.number, grown.contracts.result("phones", REF).contract) == (2, 2)
    assert grown.contracts.result("phones", REF).outcome is Outcome.WARNS
    at.segmented_control(key="contract.side").set_value("history").run()
    history = str([node.value for node in at.dataframe])
    assert "plan is one of basic, plus (warn)" in history
    assert "plan is one of basic (warn)" in history


def test_the_form_changes_what_is_edited_and_keeps_the_rest(grown):
    at = infer(grown)
    before = set(grown.contracts.newest("phones", "customers").checks)
    at.segmented_control(key="contract.side").set_value("form").run()
    at.number_input(key="contract.form.1.least").set_value(500)
    at.text_area(key="contract.form.1.expressions").set_value("minutes > calls")
    at.text_area(key="contract.form.1.keys").set_value("minutes, calls")
    at.selectbox(key="contract.form.1.requests").set_value("refuse")
    save(at)
    contract = grown.contracts.newest("phones", "customers")
    assert contract.number == 2
    added = {check.sentence for check in set(contract.checks) - before}
    assert added == {"at least 500 rows", "minutes > calls", "minutes, calls together are unique"}
    assert contract.requests is Requests.REFUSE


def test_a_check_that_fails_shows_its_rows_and_the_training_asks_for_a_reason(grown):
    draft = grown.contracts.parse("columns:\n  minutes: {range: [0, 130]}\nrows: {min: 300}\n")
    grown.contracts.set(LOCAL, "phones", "customers", draft)
    grown.datasets.add_version(LOCAL, "phones", "customers", io.BytesIO(table(shift=60, seed=5)), "new.csv")
    at = screen("datasets", dataset="customers@3", tab="contract")
    assert "minutes lies between 0 and 130" in texts(at)
    assert set(at.dataframe[0].value.columns) == {"row", "minutes", "left"}
    at = pick_row(at, "contract.checks", 1, "sentence")
    assert "at least 300 rows" in texts(at)

    at = screen("train", data="customers@3")
    assert any("fails its contract" in warning.value for warning in at.warning)
    at.button(key="train.start").click().run()
    assert "fails its contract" in str([node.value for node in at.error])
    at.text_input(key="train.override").set_value("a test").run()
    at.button(key="train.start").click().run()
    assert grown.queue.find()[0].payload["override"] == "a test"
