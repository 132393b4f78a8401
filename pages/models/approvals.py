"""Approvals: what waits for an answer, and the request on a version; and an alias that another program moved."""

import streamlit as st

from core.models import aliases
from core.records.access import Permission
from core.records.approval import Approval
from core.records.gate import ApprovalGate, Standing
from core.records.model import ModelVersion
from core.records.project import Project
from pages.shared import actions, decision_loaders, parts, state
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, plain, sentence


def inbox(project: Project) -> None:
    """Show the requests of the project that wait, with the buttons that answer them."""
    for request in decision_loaders.waiting(project.name):
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            parts.badge("waiting", label="Approval wanted")
            told = f"{request.requested_by} asks that version {request.version} may be promoted, "
            st.markdown(plain(told + ago(request.requested_at, now())), width="content")
            if request.comment:
                parts.note(f"“{request.comment}”")
            st.space("stretch")
            if may(Permission.APPROVE):
                _answers(request)


def _answers(request: Approval) -> None:
    if st.button("Reject", key=f"approval.reject.{request.id}"):
        _ask(request, "Reject", f"Version {request.version} is not promoted: its verdict becomes REJECT.")
    if st.button("Approve", key=f"approval.approve.{request.id}", type="primary", icon=":material/check:"):
        _ask(
            request,
            "Approve",
            f"The approval gate of version {request.version} opens; the others stand as judged.",
        )


def _ask(request: Approval, label: str, impact: str) -> None:
    service = platform().approvals
    do = service.approve if label == "Approve" else service.reject
    actions.confirm(
        f"{label} version {request.version}",
        impact,
        label,
        f"approval.{label.lower()}",
        lambda comment: do(actor(), request.id, comment),
        reason=True,
        done=f"Version {request.version} is {label.lower()}{'d' if label == 'Approve' else 'ed'}.",
    )


def offer(project: Project, version: ModelVersion) -> None:
    """Offer to ask for approval where the verdict waits for it."""
    verdict = decision_loaders.in_force(project.name, version.version)
    is_wanted = verdict is not None and any(
        gate.kind == "approval" and gate.standing is Standing.FAILED and not gate.certain for gate in verdict.gates
    )
    asked = any(request.version == version.version for request in decision_loaders.waiting(project.name))
    if not is_wanted or asked or not may(Permission.MONITOR):
        return
    gate = next(
        (one for one in decision_loaders.policies(project.name)[0].gates if isinstance(one, ApprovalGate)), None
    )
    with st.form("approval.request", border=True):
        other = " by another person than you" if gate and gate.other_person else ""
        parts.note(f"The gates want this version approved{other}.")
        st.text_input("Comment", key="approval.comment", placeholder="What the approver should know")
        st.form_submit_button("Ask for approval", on_click=_request, args=(project.name, version.version))


def _request(project: str, version: int) -> None:
    comment = str(st.session_state.get("approval.comment") or "")
    actions.act(lambda: platform().approvals.request(actor(), project, version, comment), "Approval is asked for.")


def alias_moved(project: Project) -> None:
    """Tell that another program moved MLflow's champion, and offer to follow it or to undo that."""
    move = decision_loaders.alias_move(project.name)
    if move is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        parts.badge("warning", label="Alias moved")
        st.markdown(plain(sentence(aliases.told(move)) + "."), width="stretch")
        if not may(Permission.PROMOTE):
            return
        if move.held and st.button(f"Look at v{move.held}", key="alias.look"):
            st.query_params[state.VERSION] = str(move.held)
            st.rerun()
        st.button("Restore", key="alias.restore", type="primary", on_click=_restore, args=(project.name,))


def _restore(project: str) -> None:
    actions.act(lambda: platform().models.restore_alias(actor(), project), "MLflow's champion is what serves again.")
