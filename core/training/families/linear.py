"""Weighted sums of the columns."""

from core.records.project import Task
from core.records.training import Rule
from core.training.family import CLASS_WEIGHT, INTERCEPT, POSITIVE, TOLERANCE, Family, Hint, unless, where

_ALPHA = Hint(help="Pull of the weights towards zero; larger is simpler.", soft=(1e-3, 1e3), log=True)
_STEPS = Hint(
    help="Steps after which the solver gives up.",
    soft=(100, 10000),
    log=True,
    advanced=True,
    default=5000,
    required=True,
)
_SELECTION = Hint(help="Whether weights are updated in turn or in a seeded random order.", advanced=True)

LINEAR: tuple[Family, ...] = (
    Family(
        key="logistic_regression",
        title="Logistic regression",
        group="Linear",
        summary="A weighted sum of the columns, turned into probabilities. Fast, steady, easy to explain.",
        classifier="sklearn.linear_model:LogisticRegression",
        scaled=True,
        hints={
            "C": Hint(help="Freedom of the weights; smaller values keep them small.", soft=(1e-3, 1e2), log=True),
            "l1_ratio": Hint(
                help="Kind of pull on the weights: 0 ridge (all small), 1 lasso (many exactly zero), between a mix.",
                soft=(0.0, 1.0),
                required=True,
            ),
            "class_weight": CLASS_WEIGHT,
            "solver": Hint(
                help="How the weights are found; saga takes every kind of pull, liblinear suits small tables.",
                choices=("lbfgs", "liblinear", "newton-cholesky", "saga"),
                advanced=True,
            ),
            "max_iter": Hint(
                help="Steps after which the solver gives up.", soft=(100, 5000), log=True, advanced=True, default=1000
            ),
            "tol": TOLERANCE,
            "fit_intercept": INTERCEPT,
        },
        rules=(
            Rule(
                when=unless("l1_ratio", 0.0),
                needs=where("solver", "liblinear", "saga"),
                why="with l1_ratio above 0 the solver must be saga (or liblinear for exactly 1)",
            ),
            Rule(
                when=where("solver", "liblinear"),
                needs=where("l1_ratio", 0.0, 1.0),
                why="the solver liblinear takes l1_ratio 0 or 1 only; use saga for a mix",
            ),
            Rule(
                when=where("solver", "liblinear"),
                needs=unless("solver", "liblinear"),
                why="the solver liblinear knows two classes only; use lbfgs or saga",
                tasks=(Task.MULTICLASS,),
            ),
        ),
    ),
    Family(
        key="linear_regression",
        title="Linear regression",
        group="Linear",
        summary="A weighted sum of the columns, by least squares. No hyperparameter to choose.",
        regressor="sklearn.linear_model:LinearRegression",
        scaled=True,
        hints={"fit_intercept": INTERCEPT, "positive": POSITIVE},
    ),
    Family(
        key="ridge",
        title="Ridge regression",
        group="Linear",
        summary="A weighted sum of the columns with small weights. Fast, steady, easy to explain.",
        regressor="sklearn.linear_model:Ridge",
        scaled=True,
        hints={
            "alpha": _ALPHA,
            "fit_intercept": INTERCEPT,
            "positive": POSITIVE,
            "solver": Hint(
                help="How the weights are found.",
                choices=("auto", "cholesky", "lbfgs", "lsqr", "sparse_cg", "svd"),
                advanced=True,
            ),
        },
        rules=(
            Rule(
                when=where("positive", True),
                needs=where("solver", "auto", "lbfgs"),
                why="positive weights need the solver lbfgs (or auto)",
            ),
            Rule(
                when=where("solver", "lbfgs"),
                needs=where("positive", True),
                why="the solver lbfgs is for positive weights only; use auto",
            ),
        ),
    ),
    Family(
        key="lasso",
        title="Lasso",
        group="Linear",
        summary="A weighted sum that leaves out the columns it does not need: their weights are exactly zero.",
        regressor="sklearn.linear_model:Lasso",
        scaled=True,
        hints={
            "alpha": Hint(
                help="Pull of the weights towards zero; larger leaves out more columns.", soft=(1e-4, 1e2), log=True
            ),
            "fit_intercept": INTERCEPT,
            "positive": POSITIVE,
            "max_iter": _STEPS,
            "tol": TOLERANCE,
            "selection": _SELECTION,
        },
    ),
    Family(
        key="elastic_net",
        title="Elastic net",
        group="Linear",
        summary="Between ridge and lasso: small weights, some of them zero. Steady where columns resemble each other.",
        regressor="sklearn.linear_model:ElasticNet",
        scaled=True,
        hints={
            "alpha": Hint(help="Pull of the weights towards zero; larger is simpler.", soft=(1e-4, 1e2), log=True),
            "l1_ratio": Hint(help="0 is ridge, 1 is lasso, between is a mix.", soft=(0.05, 0.95)),
            "fit_intercept": INTERCEPT,
            "positive": POSITIVE,
            "max_iter": _STEPS,
            "tol": TOLERANCE,
            "selection": _SELECTION,
        },
    ),
)
