"""What every dataset repository refuses alike."""

from collections.abc import Sequence

from core.maintenance_errors import DatasetDeleted
from core.records.dataset import DatasetRef
from core.records.removal import DeletedVersion


def refuse_deleted(deleted: Sequence[DeletedVersion], ref: DatasetRef) -> None:
    """Say of a version that is asked for that it was deleted, if it was.

    Raises:
        DatasetDeleted: it was.
    """
    for left in deleted:
        if (left.dataset, left.number) == (ref.name, ref.number):
            reason = f" ({left.reason})" if left.reason else ""
            day = left.deleted_at.date()
            raise DatasetDeleted(ref=ref, project=left.project, actor=left.deleted_by, day=day, reason=reason)
