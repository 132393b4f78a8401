"""The contract of a dataset on one of its versions: the result with the rows that break it, the form, the history."""

import streamlit as st

from core.records.access import Permission
from core.records.contract import CheckResult, Contract, ContractResult
from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.data import contract_form, contract_history
from pages.data.contract_form import keep
from pages.shared import actions, loaders, parts, tables
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, count, plain

SIDES = {"result": "Result", "form": "Form", "yaml": "YAML", "history": "History"}
CHECKS = {
    "standing": tables.states("State", ["fail", "warn", "passed"], 90),
    "sentence": st.column_config.TextColumn("Check", width="large"),
    "observed": st.column_config.TextColumn("What was found", width="large"),
    "count": st.column_config.TextColumn("Rows", width=70, alignment="right"),
    "share": st.column_config.TextColumn("Share", width=80, alignment="right"),
}


def show(project: Project, version: DatasetVersion) -> None:
    """Show how ``version`` stands to the contract of its dataset, and the contract itself."""
    contract = loaders.contract(project.name, version.dataset)
    if contract is None:
        _nothing(version)
        return
    result = loaders.contract_result(project.name, version.ref)
    _head(version, contract, result)
    side = st.segmented_control(
        "Side", list(SIDES), default="result", required=True, key="contract.side", format_func=SIDES.__getitem__,
        label_visibility="collapsed",
    )  # fmt: skip
    if side == "form":
        contract_form.show(version, contract.draft, contract.number)
    elif side == "yaml":
        _yaml(version, contract)
    elif side == "history":
        contract_history.show(project, version)
    else:
        _result(result)


def _nothing(version: DatasetVersion) -> None:
    def infer() -> None:
        draft = platform().contracts.infer(version)
        actions.act(lambda: keep(version, draft, f"inferred from {version.ref}"), "The contract is in force.")

    sentence = (
        f"{plain(version.dataset)} has no contract yet. Infer one from this version: every later version, and every "
        "training, is then held to it."
    )
    parts.empty(sentence, [("Infer a contract", "contract.infer", infer)] if may(Permission.ADD_DATA) else [])


def _head(version: DatasetVersion, contract: Contract, result: ContractResult | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if result is None:
            parts.badge("unchecked")
        else:
            parts.badge(result.outcome.value)
        parts.note(_said(contract, result), contract.note)
        st.space("stretch")
        if may(Permission.MONITOR):
            st.button("Check now", key="contract.check", icon=":material/rule:", on_click=_check, args=(version,))


def _said(contract: Contract, result: ContractResult | None) -> str:
    whole = f"Contract {contract.number}: {count(len(contract.checks), 'check')}, set by {contract.author} "
    whole += f"{ago(contract.created_at, now())}"
    if result is None:
        return f"{whole}. This version was never checked."
    if result.contract != contract.number:
        return f"{whole}. This version was last checked against contract {result.contract}."
    return f"{whole}. Checked {ago(result.checked_at, now())}."


def _check(version: DatasetVersion) -> None:
    actions.act(
        lambda: platform().contracts.check(actor(), version),
        lambda result: f"{version.ref} {result.outcome.value}.",
    )


def _result(result: ContractResult | None) -> None:
    if result is None:
        parts.empty("This version was not checked yet. Press Check now.")
        return
    ordered = [*result.failed, *(check for check in result.checks if check.passed)]
    if result.failed:
        chosen = st.session_state.get("contract.chosen", "")
        shown = next((check for check in result.failed if check.key == chosen), result.failed[0])
        _samples(shown)
    passed = len(result.checks) - len(result.failed)
    parts.section("Checks", f"{passed} of {len(result.checks)} passed; click one that did not to see its rows")
    rows = [
        {
            "standing": tables.marks(check.standing),
            "sentence": check.sentence,
            "observed": check.observed,
            "count": f"{check.count:,}" if check.count else "",
            "share": f"{check.share:.2%}" if check.share else "",
        }
        for check in ordered
    ]
    tables.opening(rows, CHECKS, "contract.checks", lambda row: _choose(ordered[row]))


def _choose(check: CheckResult) -> None:
    st.session_state["contract.chosen"] = check.key


def _samples(check: CheckResult) -> None:
    parts.section(check.sentence, check.observed, check.standing)
    if not check.sample:
        return
    rows = [
        {"row": sample.row, **{name: _cell(value) for name, value in sample.values.items()}} for sample in check.sample
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {"row": st.column_config.NumberColumn("Row", format="localized", pinned=True, width=90)}
    columns |= {name: st.column_config.TextColumn(plain(name)) for name in names if name != "row"}
    tables.show(rows, columns, f"contract.sample.{check.key}")


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _yaml(version: DatasetVersion, contract: Contract) -> None:
    key = f"contract.yaml.{contract.number}"

    def save() -> None:
        contracts = platform().contracts
        text, note = str(st.session_state[key]), str(st.session_state.get("contract.yaml.note") or "")
        actions.act(
            lambda: keep(version, contracts.parse(text), note.strip()),
            lambda made: f"Contract {made.number} is in force.",
        )

    with st.form("contract.yaml", border=False):
        st.text_area(
            "Contract as YAML", platform().contracts.write(contract.draft), height=420, key=key,
            label_visibility="collapsed",
        )  # fmt: skip
        st.text_input("Why", key="contract.yaml.note", placeholder="What changed, and why")
        st.form_submit_button("Save contract", type="primary", on_click=save, disabled=not may(Permission.ADD_DATA))
