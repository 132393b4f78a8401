"""The estimators on offer, as data: which classes stand behind each, and which hyperparameters people see."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What scikit-learn does not declare of a hyperparameter: why it matters and which values are worth trying.

    ``soft`` is the range of a slider, ``choices`` limits what is offered, ``default`` replaces scikit-learn's own.
    """

    help: str
    soft: tuple[float, float] | None = None
    log: bool = False
    advanced: bool = False
    choices: tuple[str, ...] = ()
    default: int | float | None = None


@dataclass(frozen=True, kw_only=True)
class Family:
    """One entry of the catalogue: its scikit-learn classes as ``module:Class`` and its table of hyperparameters.

    ``scaled`` says that numbers should be standardised for it, ``threaded`` that fitting on several threads gives
    the same model.
    """

    key: str
    title: str
    summary: str
    classifier: str | None = None
    regressor: str | None = None
    scaled: bool = False
    threaded: bool = False
    hints: Mapping[str, Hint] = field(default_factory=dict)


_CLASS_WEIGHT = Hint(help="'balanced' gives rare classes as much weight in total as frequent ones.")
_INTERCEPT = Hint(help="Whether the model may have a constant term.", advanced=True)

CATALOGUE: tuple[Family, ...] = (
    Family(
        key="logistic_regression",
        title="Logistic regression",
        summary="A weighted sum of the columns, turned into probabilities. Fast, steady, easy to explain.",
        classifier="sklearn.linear_model:LogisticRegression",
        scaled=True,
        hints={
            "C": Hint(help="Freedom of the weights; smaller values keep them small.", soft=(1e-3, 1e2), log=True),
            "class_weight": _CLASS_WEIGHT,
            "max_iter": Hint(
                help="Steps after which the solver gives up.", soft=(100, 5000), log=True, advanced=True, default=1000
            ),
            "tol": Hint(
                help="How exactly the solver must hit the optimum.", soft=(1e-6, 1e-2), log=True, advanced=True
            ),
            "fit_intercept": _INTERCEPT,
        },
    ),
    Family(
        key="ridge",
        title="Ridge regression",
        summary="A weighted sum of the columns with small weights. Fast, steady, easy to explain.",
        regressor="sklearn.linear_model:Ridge",
        scaled=True,
        hints={
            "alpha": Hint(help="Pull of the weights towards zero; larger is simpler.", soft=(1e-3, 1e3), log=True),
            "fit_intercept": _INTERCEPT,
            "positive": Hint(help="Whether all weights must be positive.", advanced=True),
        },
    ),
    Family(
        key="random_forest",
        title="Random forest",
        summary="The average of many deep trees, each grown on a random part of the rows. Good without tuning.",
        classifier="sklearn.ensemble:RandomForestClassifier",
        regressor="sklearn.ensemble:RandomForestRegressor",
        threaded=True,
        hints={
            "n_estimators": Hint(help="Number of trees; more is steadier and slower.", soft=(50, 500)),
            "max_depth": Hint(help="Questions a tree may ask in a row; empty for no limit.", soft=(2, 30)),
            "min_samples_leaf": Hint(help="Rows every leaf must hold; larger is smoother.", soft=(1, 50), log=True),
            "max_features": Hint(help="Columns looked at for each question.", soft=(0.1, 1.0)),
            "class_weight": _CLASS_WEIGHT,
            "min_samples_split": Hint(help="Rows a node needs to be split.", soft=(2, 50), log=True, advanced=True),
            "max_leaf_nodes": Hint(
                help="Leaves a tree may have; empty for no limit.", soft=(8, 1024), log=True, advanced=True
            ),
            "criterion": Hint(
                help="How the purity of a node is measured.",
                choices=("entropy", "gini", "log_loss", "poisson", "squared_error"),
                advanced=True,
            ),
            "bootstrap": Hint(help="Whether each tree sees a random draw of the rows.", advanced=True),
            "ccp_alpha": Hint(help="How hard trees are pruned afterwards.", soft=(0.0, 0.05), advanced=True),
        },
    ),
    Family(
        key="hist_gradient_boosting",
        title="Gradient boosting",
        summary="Small trees that each mend the errors of those before, on binned values. Often the most accurate.",
        classifier="sklearn.ensemble:HistGradientBoostingClassifier",
        regressor="sklearn.ensemble:HistGradientBoostingRegressor",
        hints={
            "learning_rate": Hint(help="Weight of each tree; smaller needs more trees.", soft=(0.01, 1.0), log=True),
            "max_iter": Hint(help="Number of trees (of rounds, with several classes).", soft=(50, 1000), log=True),
            "max_leaf_nodes": Hint(help="Leaves of each tree; empty for no limit.", soft=(7, 127), log=True),
            "max_depth": Hint(help="Questions a tree may ask in a row; empty for no limit.", soft=(2, 20)),
            "min_samples_leaf": Hint(help="Rows every leaf must hold.", soft=(1, 200), log=True),
            "l2_regularization": Hint(help="Pull of the leaves towards zero.", soft=(0.0, 10.0)),
            "class_weight": _CLASS_WEIGHT,
            "max_features": Hint(help="Share of the columns looked at in each split.", soft=(0.1, 1.0), advanced=True),
            "max_bins": Hint(help="Bins of each column.", soft=(15, 255), advanced=True),
            "loss": Hint(
                help="The error that is made small; poisson wants counts.",
                choices=("absolute_error", "poisson", "squared_error"),
                advanced=True,
            ),
        },
    ),
)
"""Every estimator on offer, in the order of the form."""
