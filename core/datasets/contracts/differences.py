"""What changed between two contents of a contract."""

from core.records.base import Record
from core.records.contract import Check, Draft


class CheckChange(Record):
    """One check that was added (``before`` empty), removed (``after`` empty) or changed, in words."""

    key: str
    before: str = ""
    after: str = ""

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        return "changed" if self.before and self.after else "added" if self.after else "removed"


def differences(old: Draft | None, new: Draft) -> tuple[CheckChange, ...]:
    """Compare two contents by what each check is about; ``old`` None stands for no contract at all."""
    before = {check.key: _told(check) for check in old.checks} if old else {}
    after = {check.key: _told(check) for check in new.checks}
    if old and old.requests is not new.requests:
        before["requests"], after["requests"] = old.requests.value, new.requests.value
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return tuple(CheckChange(key=key, before=before.get(key, ""), after=after.get(key, "")) for key in changed)


def _told(check: Check) -> str:
    return f"{check.sentence} ({check.severity.value})"
