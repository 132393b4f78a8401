"""Commands on data contracts."""

import sys
from pathlib import Path

import click

from core.cli.session import Session, command
from core.errors import InvalidInput
from core.records.contract import CheckResult, Contract, ContractResult, Outcome

MARKS = {"warn": "!", "fail": "x"}


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("contract", help="What the versions of a dataset must be like.")
    main.add_command(group)
    command(group, "infer")(infer)
    command(group, "show")(show)
    command(group, "set")(set_)
    command(group, "check")(check)


def brief(result: ContractResult | None) -> dict[str, object] | None:
    """Return what ``--json`` answers of a result: the outcome, and the checks that did not pass."""
    if result is None:
        return None
    return {
        "outcome": result.outcome.value,
        "contract": result.contract,
        "checks": [_document(check) for check in result.failed],
    }


def told(result: ContractResult | None) -> list[str]:
    """Return the result for people: the outcome, then the checks that did not pass."""
    if result is None:
        return []
    head = f"contract {result.contract}: {result.outcome.value}, {len(result.failed)} of {len(result.checks)} checks"
    return [f"{head} did not pass", *map(_line, result.failed)] if result.failed else [f"{head} broken"]


def _line(check: CheckResult) -> str:
    rows = ", ".join(str(sample.row) for sample in check.sample)
    where = f" (rows {rows})" if rows else ""
    return f"{MARKS[check.standing]} {check.sentence}: {check.observed}{where}"


def _document(check: CheckResult) -> dict[str, object]:
    return {
        **check.model_dump(mode="json", exclude={"passed", "sample"}),
        "outcome": "passes" if check.passed else f"{check.severity.value}s",
        "sample": [sample.model_dump(mode="json") for sample in check.sample],
    }


@click.argument("project")
@click.argument("ref", metavar="NAME[@N]")
@click.option("--set", "keep", is_flag=True, help="Keep it as the dataset's contract at once.")
def infer(session: Session, project: str, ref: str, keep: bool) -> None:
    """Propose a contract from a dataset version, as YAML; nothing is kept unless --set says so."""
    platform = session.platform
    version = platform.datasets.resolve(project, ref)
    draft = platform.contracts.infer(version)
    text = platform.contracts.write(draft, f"Inferred from {version.ref}; edit it, then `pilothouse contract set`")
    document: dict[str, object] = {"dataset": version.dataset, "from": str(version.ref), "yaml": text}
    if keep:
        note = f"inferred from {version.ref}"
        document["contract"] = platform.contracts.set(session.actor, project, version.dataset, draft, note).number
    session.answer({**document, "checks": draft.model_dump(mode="json")["checks"]}, text.rstrip())


@click.argument("project")
@click.argument("name", metavar="NAME[@N]")
@click.option("--history", is_flag=True, help="List all versions of the contract and what each changed.")
def show(session: Session, project: str, name: str, history: bool) -> None:
    """Show the contract of a dataset in force, or with @N its version N, as YAML."""
    platform = session.platform
    platform.projects.get(project)
    dataset, _, number = name.partition("@")
    if number and not number.isdecimal():
        raise InvalidInput(problem=f"{name!r} is no contract version: write it as name or name@number.")
    if history:
        _history(session, platform.contracts.history(project, dataset))
        return
    found: Contract = platform.contracts.get(project, dataset, int(number) if number else None)
    text = platform.contracts.write(found.draft, heading(found))
    session.answer({**found.model_dump(mode="json"), "yaml": text}, text.rstrip())


def heading(contract: Contract) -> str:
    """Return who set a contract version, when and why."""
    at = f"{contract.created_at:%Y-%m-%d %H:%M} UTC"
    head = f"{contract.dataset}, contract {contract.number}, set by {contract.author} {at}"
    return f"{head}\n{' '.join(contract.note.split())}" if contract.note else head


def _history(session: Session, found: list[Contract]) -> None:
    from core.datasets.contracts.differences import differences

    document, lines = [], []
    for contract, former in zip(found, [*found[1:], None], strict=False):
        changes = differences(former.draft if former else None, contract.draft)
        lines += heading(contract).splitlines()
        lines += [f"  {change.kind}: {change.after or change.before}" for change in changes if former]
        facts = contract.model_dump(mode="json", exclude={"checks"})
        document.append({**facts, "changes": [{**c.model_dump(), "kind": c.kind} for c in changes]})
    session.answer(document, "\n".join(lines) or "No contract yet.")


@click.argument("project")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="-")
@click.option("--note", default="", help="Why it is so.")
def set_(session: Session, project: str, name: str, file: Path, note: str) -> None:
    """Keep the YAML in FILE (or on standard input) as the contract of the dataset NAME."""
    text = sys.stdin.read() if str(file) == "-" else _read(file)
    contracts = session.platform.contracts
    session.platform.projects.get(project)
    contract: Contract = contracts.set(session.actor, project, name.partition("@")[0], contracts.parse(text), note)
    said = [f"{contract.dataset}: contract {contract.number} with {len(contract.checks)} checks is in force."]
    newest = next((v for v in session.platform.datasets.versions(project) if v.dataset == contract.dataset), None)
    result = contracts.check(session.actor, newest) if newest else None
    said += [f"{newest.ref}, {line}" for line in told(result)[:1]] if newest else []
    session.answer({**contract.model_dump(mode="json"), "newest": brief(result)}, "\n".join([*said, *told(result)[1:]]))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(problem=f"{file} cannot be read: {error}") from error


@click.argument("project")
@click.argument("ref", metavar="NAME[@N]")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def check(session: Session, project: str, ref: str, file: Path | None) -> None:
    """Check a dataset version, or FILE, against the contract; exit 1 when it fails."""
    platform = session.platform
    platform.projects.get(project)
    if file is not None:
        result = platform.contracts.check_file(project, ref.partition("@")[0], file, file.name)
        what = file.name
    else:
        version = platform.datasets.resolve(project, ref)
        result = platform.contracts.check(session.actor, version)
        what = str(version.ref)
    document = {
        **result.model_dump(mode="json", exclude={"checks", "project", "number"}),
        "version": result.number or None,
        "checks": [_document(check) for check in result.checks],
    }
    passed = len(result.checks) - len(result.failed)
    head = f"{what} {result.outcome.value}: {passed} of {len(result.checks)} checks passed"
    session.answer(document, "\n".join([head, *map(_line, result.failed)]))
    if result.outcome is Outcome.FAILS:
        sys.exit(1)
