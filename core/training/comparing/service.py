"""Several runs beside the champion or a pinned run, from the index and from stored answers alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.datasets.service import DatasetService
from core.errors import BlobCorrupt, BlobNotFound, DatasetNotFound, InvalidInput, NoSuchRun
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.comparison import Flips, RowContents, SideBySide
from core.records.model import Alias
from core.records.run_index import RunEntry
from core.training.comparing import tables

MOST_RUNS = 50
CHAMPION = "champion"
"""What names the champion as the baseline, whichever version that is."""


@dataclass(frozen=True)
class ComparisonService:
    """Sets runs side by side."""

    store: Store
    blobs: BlobStore
    datasets: DatasetService

    def compare(self, project: str, run_ids: Sequence[str], base: str = CHAMPION) -> SideBySide:
        """Set runs beside a baseline: a run, or the champion, which joins them; without a champion, the first run.

        Runs of other projects are welcome; what cannot be compared is said in the notes.

        Raises:
            ProjectNotFound: there is no such project.
            NoSuchRun: none of the runs is known.
            InvalidInput: there are more than 50.
        """
        wanted = list(dict.fromkeys(run_ids))
        if len(wanted) > MOST_RUNS:
            raise InvalidInput(problem=f"{len(wanted)} runs are too many: compare at most {MOST_RUNS}.")
        with self.store.read() as work:
            metric = work.projects.get(project).metric
            champion = work.deployments.current(project, Alias.CHAMPION)
            pinned = champion.run_id if base == CHAMPION and champion else base
            known = work.run_index.find({*wanted, pinned})
        runs = [known[run_id] for run_id in wanted if run_id in known]
        missing = [run_id for run_id in wanted if run_id not in known]
        if pinned in known and pinned not in wanted:
            runs.insert(0, known[pinned])
        if not runs:
            raise NoSuchRun(run_id=", ".join(run_id[:8] for run_id in wanted) or "none")
        place = next((at for at, run in enumerate(runs) if run.run_id == pinned), 0)
        return tables.side_by_side(runs, place, metric, missing)

    def flips(self, baseline: RunEntry, other: RunEntry, classes: Sequence[str]) -> Flips | None:
        """Return the held-out rows both answered and answered differently; None where answers were not stored.

        Raises:
            InvalidInput: the runs answer different questions.
        """
        from core.training import holdout
        from core.training.comparing.flips import flips

        if tables.answers_another(baseline, other):
            raise InvalidInput(problem="these runs answer different questions, so that their answers do not compare.")
        if baseline.holdout_sha256 is None or other.holdout_sha256 is None:
            return None
        try:
            sides = [
                holdout.read_holdout(self.blobs.read(name)) for name in (baseline.holdout_sha256, other.holdout_sha256)
            ]
        except (BlobNotFound, BlobCorrupt):
            return None
        return flips(sides[0], sides[1], classes)

    def contents(self, run: RunEntry, hashes: Sequence[str]) -> RowContents | None:
        """Return what stands in held-out rows of a run; None when its data, or which rows it held out, is gone."""
        from core.training import holdout
        from core.training.comparing.contents import contents

        if run.dataset is None or run.split_sha256 is None:
            return None
        try:
            version = self.datasets.resolve(run.project, run.dataset)
            split = holdout.read_split(self.blobs.read(run.split_sha256))
            return contents(self.datasets.frame(version), version.columns, split, hashes)
        except (DatasetNotFound, BlobNotFound, BlobCorrupt):
            return None
