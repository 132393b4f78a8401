"""MLflow's aliases follow the store, and what another program made of them is noticed.

The store keeps which versions MLflow's champion may name while only Pilothouse moves it: the last one that was seen to
have arrived, and those it was told to follow since. Anything else was set by another program.
"""

from core import audit
from core.clock import Clock
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.model import Alias, AliasExpectation, AliasMove

NOBODY = 0
TRIES = 5
MOVED, RESTORED = "alias.moved", "alias.restore"


def await_champion(work: UnitOfWork, project: str, version: int) -> None:
    """Note, in the transaction of a change of champion, that MLflow's alias is to follow; 0 is to name no version."""
    found = work.deployments.expectation(project, Alias.CHAMPION)
    versions = tuple(dict.fromkeys((*found.versions, version)))
    work.deployments.expect(AliasExpectation(project=project, alias=Alias.CHAMPION, versions=versions))


class Aliases:
    """Keeps MLflow's aliases in line with the store."""

    def __init__(self, store: Store, tracking: Tracking, clock: Clock) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._tracking = tracking
        self._clock = clock

    def align(self, project: str, *, by_force: bool = False) -> list[str]:
        """Let the aliases follow, again when the champion changed meanwhile, so that the last to write is right.

        An alias that another program moved stays and is noticed, unless ``by_force``.

        Returns:
            What was changed or noticed for the first time, in sentences.
        """
        told: list[str] = []
        for _ in range(TRIES):
            champion, challenger, expected = self._wanted(project)
            held = self._tracking.alias(project, Alias.CHAMPION) or NOBODY
            if held != champion and held not in expected.versions and not by_force:
                return told + self._notice(AliasMove(project=project, held=held, serving=champion), expected)
            told += self._follow(project, held, champion, challenger)
            if self._settle(project, champion):
                break
        return told

    def move(self, project: str) -> AliasMove | None:
        """Return where another program moved MLflow's champion, or None."""
        champion, _, expected = self._wanted(project)
        held = self._tracking.alias(project, Alias.CHAMPION) or NOBODY
        is_ours = held == champion or held in expected.versions
        return None if is_ours else AliasMove(project=project, held=held, serving=champion)

    def _wanted(self, project: str) -> tuple[int, int, AliasExpectation]:
        with self._store.read() as work:
            champion = work.deployments.current(project, Alias.CHAMPION)
            challenger = work.deployments.current(project, Alias.CHALLENGER)
            expected = work.deployments.expectation(project, Alias.CHAMPION)
        return champion.version if champion else NOBODY, challenger.version if challenger else NOBODY, expected

    def _follow(self, project: str, held: int, champion: int, challenger: int) -> list[str]:
        told = []
        if held and not champion:
            self._tracking.remove_alias(project, Alias.CHAMPION)
            told.append(f"{project}: alias champion removed from version {held}, which does not serve")
        if champion and held != champion:
            self._tracking.set_alias(project, Alias.CHAMPION, champion)
            told.append(f"{project}: alias champion moved from {held or 'none'} to version {champion}, which serves")
        waiting = self._tracking.alias(project, Alias.CHALLENGER)
        if champion and waiting == champion:
            self._tracking.remove_alias(project, Alias.CHALLENGER)
            told.append(f"{project}: alias challenger removed from version {champion}, which is the champion")
        if challenger and challenger != champion and waiting in (None, champion):
            self._tracking.set_alias(project, Alias.CHALLENGER, challenger)
            told.append(f"{project}: alias challenger set to version {challenger}")
        return told

    def _settle(self, project: str, champion: int) -> bool:
        """Note that the alias arrived; False when the champion is another one meanwhile."""
        settled = AliasExpectation(project=project, alias=Alias.CHAMPION, versions=(champion,))
        now_wanted, _, expected = self._wanted(project)
        if now_wanted != champion or expected == settled:
            return now_wanted == champion
        with self._store.write() as work:
            current = work.deployments.current(project, Alias.CHAMPION)
            if (current.version if current else NOBODY) != champion:
                return False
            work.deployments.expect(settled)
            work.commit()
        return True

    def _notice(self, move: AliasMove, expected: AliasExpectation) -> list[str]:
        """Note a move once, with its audit event."""
        if expected.noticed == move.held:
            return []
        with self._store.write() as work:
            work.deployments.expect(expected.model_copy(update={"noticed": move.held}))
            details = {"held": move.held, "serving": move.serving}
            subject = f"version {move.held}" if move.held else "no version"
            audit.record(work, self._clock.now(), SYSTEM.name, MOVED, move.project, subject, details)
            work.commit()
        return [f"{move.project}: {told(move)}"]


def told(move: AliasMove) -> str:
    """Return a move in words."""
    held = f"at version {move.held}" if move.held else "at no version"
    serving = f"version {move.serving} serves" if move.serving else "nothing serves"
    return f"another program pointed MLflow's champion {held}, while {serving}: adopt that, or restore the alias"
