"""The estimators on offer, as data: which classes stand behind each, and which hyperparameters people see.

Ranges, kinds and defaults of hyperparameters are those each estimator declares; form, command line, checks and
``docs/estimators.md`` all follow from this table.
"""

from core.training.families.boosting import BOOSTING
from core.training.families.linear import LINEAR
from core.training.families.others import OTHERS
from core.training.families.trees import TREES
from core.training.family import Family, Hint

__all__ = ["CATALOGUE", "Family", "Hint"]

CATALOGUE: tuple[Family, ...] = (*LINEAR, *TREES, *BOOSTING, *OTHERS)
"""Every estimator on offer, in the order of the form."""
