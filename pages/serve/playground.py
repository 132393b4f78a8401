"""Playground: ask a model version by hand, and see how a program would ask."""

import json

import streamlit as st

from core.records.access import Permission
from core.records.base import JsonObject
from core.records.model import ModelManifest, ModelVersion
from core.records.prediction import Answer
from core.records.project import Project
from pages.serve import inputs, what_if
from pages.shared import actions, loaders, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import number, plain, short

ANSWER = "playground.answer"


def _version(project: Project) -> ModelVersion:
    versions = loaders.versions(project.name)
    champion = loaders.champion(project.name)
    live = champion.version if champion else None
    known = {str(v.version): v for v in sorted(versions, key=lambda v: v.version != live)}

    def named(number: str) -> str:
        return f"Version {number} · champion" if number == str(live) else f"Version {number}"

    chosen = st.selectbox(
        "Version",
        list(known),
        key=state.MODEL,
        bind="query-params",
        format_func=named,
        width=240,
        label_visibility="collapsed",
        on_change=_forget,
    )
    return known[chosen]


def _forget() -> None:
    st.session_state.pop(ANSWER, None)


def _predict(project: Project, version: ModelVersion, manifest: ModelManifest) -> None:
    record = inputs.read(manifest)
    champion = loaders.champion(project.name)
    is_live = champion is not None and champion.version == version.version
    answers = actions.act(
        lambda: platform().serving.predict(
            actor(), project.name, [record], version=None if is_live else version.version
        )
    )
    st.session_state[ANSWER] = (version.bundle_sha256, answers[0], record) if answers else None


def _form(project: Project, version: ModelVersion, manifest: ModelManifest) -> None:
    with st.form("playground.form"):
        parts.section("Inputs", "Filled with an example from the training data")
        inputs.show(manifest)
        st.form_submit_button(
            "Predict",
            key="playground.predict",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_predict,
            args=(project, version, manifest),
            disabled=not may(Permission.PREDICT),
        )


def _answer(manifest: ModelManifest, answer: Answer, record: JsonObject) -> None:
    with st.container(border=True):
        shown = number(answer.prediction) if isinstance(answer.prediction, float) else str(answer.prediction)
        parts.tile(manifest.target, shown, border=False)
        for name, probability in sorted((answer.probabilities or {}).items(), key=lambda pair: -pair[1]):
            st.progress(min(max(probability, 0.0), 1.0), text=f"{plain(name)} · {probability:.1%}")
        unseen = inputs.outside(manifest, record)
        if unseen:
            st.warning(f"Not seen in training: {plain('; '.join(unseen))}", icon=":material/warning:")
        parts.note(
            f"Prediction {short(answer.prediction_id)} by version {answer.model_version}", f"{answer.prediction_id}"
        )


def _curl(project: Project, record: JsonObject) -> str:
    settings = platform().settings
    body = json.dumps(record, indent=2, ensure_ascii=False).replace("'", "'\\''")
    key = "" if settings.auth == "off" else "\n  -H 'Authorization: Bearer phk_...' \\"
    return (
        f"curl -s http://{settings.api_host}:{settings.api_port}/projects/{project.name}/predict \\{key}\n"
        f"  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    )


def _python(project: Project, record: JsonObject) -> str:
    settings = platform().settings
    key = "" if settings.auth == "off" else ', "Authorization": "Bearer phk_..."'
    return (
        "import json\nfrom urllib.request import Request, urlopen\n\n"
        f"record = json.loads({json.dumps(json.dumps(record, ensure_ascii=False), ensure_ascii=False)})\n"
        f'url = "http://{settings.api_host}:{settings.api_port}/projects/{project.name}/predict"\n'
        f'headers = {{"Content-Type": "application/json"{key}}}\n'
        "with urlopen(Request(url, json.dumps(record).encode(), headers)) as reply:\n"
        "    print(json.load(reply))\n"
    )


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Playground")
    if not loaders.versions(project.name):
        with parts.title("Playground", "Ask a model by hand"):
            pass
        parts.empty(f"{plain(project.name)} has no model to ask yet.", screen=("train", "Start a training"))
        return
    with parts.title("Playground", "Ask a model by hand"):
        version = _version(project)
    manifest = loaders.manifest(version)
    grid = st.grid(3, min_column_width=290, gap="medium")
    with grid.cell(column_span=2):
        _form(project, version, manifest)
    with grid.cell():
        bundle, answer, record = st.session_state.get(ANSWER) or ("", None, None)
        parts.section("Answer")
        is_answered = answer is not None and bundle == version.bundle_sha256
        if is_answered:
            _answer(manifest, answer, record)
        else:
            record = inputs.example(manifest)
            parts.note("Nothing asked yet.")
        parts.section("As a program asks", "The scoring API answers with the champion and logs the prediction.")
        curl, python = st.tabs(["curl", "Python"])
        curl.code(_curl(project, record), language="bash", wrap_lines=True, height=330)
        python.code(_python(project, record), language="python", wrap_lines=True, height=330)
    if is_answered:
        what_if.show(project, version, manifest, answer, record)


render()
