"""Conditions of a rule: read from text, said in words, and judged by the evidence."""

import re
from collections.abc import Callable, Mapping

from core.records.alert import Alert, Severity
from core.records.contract import Outcome
from core.records.monitor import ReportKind, ReportOutline
from core.records.rule import Condition, Finding, RetrainingRule, Sign, Signal
from core.retraining.evidence import Evidence, newest_of
from core.retraining.measured import estimate, fall, measured
from core.retraining_errors import InvalidRule

WITH_AMOUNT = {
    Sign.PERFORMANCE: "how many percent the performance falls",
    Sign.ESTIMATED: "how many percent the estimated performance falls",
    Sign.ROWS: "how many new rows",
    Sign.LABELS: "how many new labels",
}
WITH_DATASET = (Sign.VERSION, Sign.ROWS)
NARROWED = (*WITH_DATASET, Sign.WEBHOOK, Sign.ALERT)
TEXT = re.compile(r"(?P<sign>[a-z]+)(?::(?P<amount>\d+(?:\.\d+)?)%?)?(?:@(?P<of>\S{1,80}))?")


def parse(text: str) -> Condition:
    """Read ``drift``, ``rows:500@rides``, ``labels:200``, ``performance:5%`` or ``webhook@nightly``.

    Raises:
        InvalidRule: it has another shape.
    """
    found = TEXT.fullmatch(text.strip())
    if found is None or found["sign"] not in list(Sign):
        raise InvalidRule(
            problem=f"{text!r} is no condition: write one of {', '.join(Sign)}, with an amount (rows:500, labels:200, "
            "performance:5%) and with which one (version@rides, webhook@nightly) where it needs that"
        )
    amount = float(found["amount"]) if found["amount"] else None
    return checked(Condition(sign=Sign(found["sign"]), amount=amount or None, of=found["of"] or ""))


def checked(condition: Condition) -> Condition:
    """Return the condition when it says all its sign needs, and no more.

    Raises:
        InvalidRule: it does not.
    """
    sign = condition.sign
    if sign in WITH_AMOUNT and condition.amount is None:
        raise InvalidRule(problem=f"the condition {sign.value!r} must say {WITH_AMOUNT[sign]}, such as {sign.value}:5")
    if sign not in WITH_AMOUNT and condition.amount is not None:
        raise InvalidRule(problem=f"the condition {sign.value!r} takes no amount")
    if condition.of and sign not in NARROWED:
        raise InvalidRule(problem=f"the condition {sign.value!r} cannot be narrowed to {condition.of!r}")
    if sign is Sign.ALERT and condition.of and condition.of not in list(Severity):
        raise InvalidRule(problem=f"there is no severity {condition.of!r}: write one of {', '.join(Severity)}")
    return condition


def describe(condition: Condition) -> str:
    """Return a condition in words that go on after "when"."""
    of, amount = condition.of, condition.amount or 0
    words = {
        Sign.DRIFT: "a check finds drift",
        Sign.CONCEPT: "a check finds that the champion errs more than it did",
        Sign.PERFORMANCE: f"the performance falls by {amount:g}% or more",
        Sign.ESTIMATED: f"the estimated performance falls by {amount:g}% or more",
        Sign.QUALITY: "new data are found wrong, by their contract or a check of quality",
        Sign.VERSION: f"a new version of {of} is added",
        Sign.ROWS: f"{of} has {amount:,.0f} new rows",
        Sign.LABELS: f"{amount:,.0f} new labels are known",
        Sign.ALERT: f"an alert of severity {of} or worse opens" if of else "an alert opens",
        Sign.WEBHOOK: f"the signal {of!r} comes from outside" if of else "a signal comes from outside",
    }
    return words[condition.sign]


def judge(rule: RetrainingRule, evidence: Evidence) -> tuple[Finding, ...]:
    """Return what the evidence says of each condition."""
    return tuple(_finding(rule, condition, evidence) for condition in rule.conditions)


def _finding(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> Finding:
    met, reason = JUDGES[condition.sign](rule, condition, evidence)
    return Finding(
        sign=condition.sign, met=met, reason=reason, evidence=_rests_on(rule, condition, evidence) if met else ""
    )


def _rests_on(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> str:
    """Name the stored thing that met a condition, empty where it is not one thing."""
    sign = condition.sign
    if sign is Sign.ALERT:
        alert = next(iter(_alerts(condition, evidence)), None)
        return f"alert:{alert.id}" if alert else ""
    if sign in (Sign.VERSION, Sign.ROWS):
        new = [v for v in evidence.versions if v.dataset == condition.of and v.created_at > rule.since]
        return f"data:{new[0].ref}" if new else ""
    report = _report(sign, evidence)
    if report is None and sign is Sign.QUALITY and evidence.standings:
        return f"data:{evidence.standings[0].ref}"
    return f"report:{report.id}" if report else ""


def _report(sign: Sign, evidence: Evidence) -> ReportOutline | None:
    if sign is Sign.DRIFT:
        return newest_of(evidence, ReportKind.DRIFT)
    if sign is Sign.CONCEPT:
        return newest_of(evidence, ReportKind.CONCEPT)
    if sign in (Sign.PERFORMANCE, Sign.ESTIMATED):
        read = measured if sign is Sign.PERFORMANCE else estimate
        return next((one for one in evidence.reports if read(one) is not None), None)
    found = newest_of(evidence, ReportKind.QUALITY) if sign is Sign.QUALITY else None
    return found if found and found.drifted else None


def _drift(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    newest = newest_of(evidence, ReportKind.DRIFT)
    if newest is None:
        return False, "no drift check since"
    fires = newest.fires if newest.series else newest.drifted
    return fires, f"the newest drift check says: {newest.summary.rstrip('.')}"


def _concept(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    newest = newest_of(evidence, ReportKind.CONCEPT)
    if newest is None:
        return False, "no check of concept drift since"
    return newest.drifted, f"the newest check of concept drift says: {newest.summary.rstrip('.')}"


def _performance(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    """Compare the newest measured performance with that of the same version at its training."""
    found = next((one for one in map(measured, evidence.reports) if one is not None), None)
    if found is None:
        return False, "no performance was measured since"
    percent, said = fall(found)
    return percent >= (condition.amount or 0), said


def _quality(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    report = newest_of(evidence, ReportKind.QUALITY)
    if report is not None and report.drifted:
        return True, f"the newest check of quality says: {report.summary.rstrip('.')}"
    if not evidence.standings:
        return False, "no data were found wrong since"
    newest = evidence.standings[0]
    word = {Outcome.PASSES: "passes", Outcome.WARNS: "warns of", Outcome.FAILS: "fails"}[newest.outcome]
    return newest.outcome is not Outcome.PASSES, f"{newest.ref} {word} its contract"


def _version(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:
    new = [v for v in evidence.versions if v.dataset == condition.of and v.created_at > rule.since]
    if not new:
        return False, f"no new version of {condition.of} since"
    return True, f"{new[0].ref} was added" if len(new) == 1 else f"{len(new)} versions came, the newest {new[0].ref}"


def _rows(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:
    """Compare the newest version with the one that was newest when the rule last did something."""
    known = [version for version in evidence.versions if version.dataset == condition.of]
    before = next((version for version in known if version.created_at <= rule.since), None)
    wanted = condition.amount or 0
    if not known or known[0] is before:
        return False, f"no new rows in {condition.of} since, {wanted:,.0f} are wanted"
    new = known[0].rows - (before.rows if before else 0)
    more = f"{known[0].ref} has {new:,} rows more than {before.ref}" if before else f"{known[0].ref} has {new:,} rows"
    return new >= wanted, f"{more}, {wanted:,.0f} are wanted"


def _labels(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    wanted = condition.amount or 0
    return evidence.labels >= wanted, f"{evidence.labels:,} new labels, {wanted:,.0f} are wanted"


def _webhook(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    heard = [signal for signal in evidence.signals if condition.of in ("", signal.name)]
    if not heard:
        return False, f"no signal {condition.of!r} came" if condition.of else "no signal came"
    return True, _told(heard[0])


def _told(signal: Signal) -> str:
    name = f"the signal {signal.name!r}" if signal.name else "a signal"
    return f"{name} came from {signal.by}" + (f": {signal.note}" if signal.note else "")


def _alert(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    found = _alerts(condition, evidence)
    if not found:
        return False, "no such alert opened since"
    return True, f"the alert {found[0].title!r} ({found[0].severity.value}) opened: {found[0].summary.rstrip('.')}"


def _estimated(rule: RetrainingRule, condition: Condition, evidence: Evidence) -> tuple[bool, str]:  # noqa: ARG001
    """Compare the newest estimate, made without labels, with the performance at training."""
    found = next((one for one in map(estimate, evidence.reports) if one is not None), None)
    if found is None:
        return False, "no performance was estimated since"
    percent, said = fall(found)
    return percent >= (condition.amount or 0), f"estimated, {said}"


def _alerts(condition: Condition, evidence: Evidence) -> list[Alert]:
    least = Severity(condition.of).rank if condition.of else 0
    return [alert for alert in evidence.alerts if alert.severity.rank >= least]


Judge = Callable[[RetrainingRule, Condition, Evidence], tuple[bool, str]]
JUDGES: Mapping[Sign, Judge] = {
    Sign.DRIFT: _drift,
    Sign.CONCEPT: _concept,
    Sign.PERFORMANCE: _performance,
    Sign.ESTIMATED: _estimated,
    Sign.QUALITY: _quality,
    Sign.VERSION: _version,
    Sign.ROWS: _rows,
    Sign.LABELS: _labels,
    Sign.ALERT: _alert,
    Sign.WEBHOOK: _webhook,
}
