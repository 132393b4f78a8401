"""The decision on a version: judge, promote in one click or against the verdict, undo, roll back."""

import streamlit as st

from core.models import inputs
from core.models.undoing import UNDO_S
from core.records.access import Permission
from core.records.gate import VerdictOutcome
from core.records.model import Alias, Deployment, ModelVersion
from core.records.project import Project
from pages.shared import actions, decision_loaders, live, loaders
from pages.shared.context import actor, may, now, platform
from pages.shared.words import plain


def buttons(project: Project, version: ModelVersion) -> None:
    """Offer what can be decided on the version: the primary action is to promote it."""
    is_back = may(Permission.PROMOTE) and len(loaders.history(project.name)) > 1
    if is_back and st.button("Roll back", key="models.rollback"):
        _ask_rollback(project)
    is_champion = Alias.CHAMPION in version.aliases
    if may(Permission.MONITOR) and not is_champion:
        _judging(project, version)
    if may(Permission.PROMOTE):
        _promoting(project, version, is_champion)


def _judging(project: Project, version: ModelVersion) -> None:
    verdict = decision_loaders.in_force(project.name, version.version)
    st.button(
        "Judge again" if verdict else "Judge",
        key="models.judge",
        icon=":material/gavel:",
        on_click=_judge,
        args=(project.name, version.version),
        help="Ask the gates of the project for a verdict on this version against what serves now",
    )


def _judge(project: str, version: int) -> None:
    actions.act(lambda: platform().gates.submit(actor(), project, version), f"Version {version} is being judged.")


def _promoting(project: Project, version: ModelVersion, is_champion: bool) -> None:
    name, number = project.name, version.version
    icon = ":material/rocket_launch:"
    if is_champion:
        st.button(f"v{number} is the champion", key="models.promote", type="primary", icon=icon, disabled=True)
        return
    verdict = decision_loaders.in_force(name, number)
    if verdict is not None and verdict.outcome is VerdictOutcome.PROMOTE:
        args, said = (name, number, _seen(name)), "The verdict is to promote it. You can undo this for 15 seconds."
        st.button(
            f"Promote v{number}",
            key="models.promote",
            type="primary",
            icon=icon,
            on_click=_promote,
            args=args,
            help=said,
        )
    elif may(Permission.OVERRIDE_GATES):
        label = f"Promote v{number} anyway"
        if st.button(label, key="models.override", icon=icon, help="Against the gates, with a written reason"):
            _ask_override(project, version)
    else:
        why = "The verdict is another one." if verdict else "The gates gave no verdict yet: let them judge it."
        st.button(f"Promote v{number}", key="models.promote", type="primary", icon=icon, disabled=True, help=why)


def _promote(project: str, version: int, seen: int) -> None:
    actions.act(
        lambda: platform().models.promote(actor(), project, version, expected=seen),
        f"Version {version} is the champion of {project}.",
    )


def _seen(project: str) -> int:
    champion = loaders.champion(project)
    return champion.version if champion else 0


def _ask_override(project: Project, version: ModelVersion) -> None:
    name, number, seen = project.name, version.version, _seen(project.name)
    verdict = decision_loaders.in_force(name, number)
    stands = f"The verdict is **{verdict.outcome.value.upper()}**. {plain(verdict.summary)}" if verdict else ""
    was = f"takes over from version {seen}" if seen else "becomes the first champion"
    parts = [
        f"Version {number} {was} of **{plain(name)}**, whatever the gates say, within a second.",
        stands or "The gates have given no verdict on it against what serves now.",
        plain(inputs.told(decision_loaders.input_change(name, number))),
        "Your name and your reason are kept with it.",
    ]
    actions.confirm(
        f"Promote version {number} anyway",
        "\n\n".join(filter(None, parts)),
        "Promote anyway",
        "models.override",
        lambda reason: platform().models.promote(actor(), name, number, reason, expected=seen, override=True),
        reason=True,
        done=f"Version {number} is the champion of {name}.",
    )


def _ask_rollback(project: Project) -> None:
    seen = _seen(project.name)
    before = next((d.version for d in loaders.history(project.name) if d.version != seen), None)
    actions.confirm(
        "Roll back",
        f"Version {before} serves **{plain(project.name)}** again instead of version {seen}, within a second.",
        "Roll back",
        "models.rollback",
        lambda reason: platform().models.rollback(actor(), project.name, reason, expected=seen),
        reason=True,
        done=f"{project.name} is back on its earlier champion.",
    )


def changed_inputs(project: Project, version: ModelVersion) -> None:
    """Say before a promotion that those who ask would have to send other inputs."""
    if Alias.CHAMPION in version.aliases:
        return
    change, why = actions.outcome(lambda: decision_loaders.input_change(project.name, version.version))
    if change is None:
        st.error(plain(why), icon=":material/broken_image:")
    elif told := inputs.told(change):
        said = f"Version {version.version} takes other inputs than the champion: {told[0].lower()}{told[1:]}"
        st.warning(plain(said), icon=":material/input:")


def undo(project: Project) -> None:
    """Offer for 15 seconds to take back the change of champion that this person just made."""
    champion = loaders.champion(project.name)
    if champion and champion.actor == actor().name and may(Permission.PROMOTE) and _left(champion) > 0:
        st.fragment(_undo_bar, run_every=1.0)(champion)


def _left(champion: Deployment) -> float:
    return UNDO_S - (now() - champion.since).total_seconds()


def _undo_bar(champion: Deployment) -> None:
    with actions.boundary():
        live.signed_in()
        left = _left(champion)
        if left <= 0:
            st.rerun()
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/check_circle: **Version {champion.version} serves now.**", width="content")
            st.button(
                f"Undo ({left:.0f} s)",
                key="models.undo",
                icon=":material/undo:",
                on_click=_undo,
                args=(champion.project, champion.id),
            )


def _undo(project: str, deployment: int) -> None:
    def told(back: Deployment | None) -> str:
        return f"Version {back.version} serves again." if back else "Nothing serves, as before."

    actions.act(lambda: platform().models.undo(actor(), project, deployment), told)
