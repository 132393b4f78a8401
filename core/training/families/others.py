"""Neighbours, margins, networks, naive Bayes, and the baselines that look at no column."""

from core.training.family import CLASS_WEIGHT, TOLERANCE, Family, Hint, unless, where

_PRIOR = Hint(
    help="What is always answered: the shares of the classes (prior), the most frequent class, every class alike, or "
    "the mean, median or a quantile of the target.",
    choices=("mean", "median", "most_frequent", "prior", "quantile", "uniform"),
)
_GRADIENT = (unless("solver", "lbfgs"),)

OTHERS: tuple[Family, ...] = (
    Family(
        key="k_nearest_neighbors",
        title="K nearest neighbours",
        group="Neighbours and margins",
        summary="Answers like the most similar rows seen in training. No model at all, so answering takes its time.",
        classifier="sklearn.neighbors:KNeighborsClassifier",
        regressor="sklearn.neighbors:KNeighborsRegressor",
        scaled=True,
        slow_above=50_000,
        fixed={"algorithm": "brute"},
        hints={
            "n_neighbors": Hint(
                help="Number of similar rows that are asked.", soft=(1, 100), log=True, default=15, required=True
            ),
            "weights": Hint(help="Whether nearer rows count more (distance) or all alike (uniform).", required=True),
            "metric": Hint(
                help="How the distance of two rows is measured.",
                choices=("chebyshev", "manhattan", "minkowski"),
                advanced=True,
            ),
            "p": Hint(
                help="Power of the Minkowski distance: 1 sums differences, 2 is the straight line.",
                soft=(1, 3),
                low=1.0,
                required=True,
                applies=(where("metric", "minkowski"),),
                advanced=True,
            ),
        },
        notes=("It needs at least as many training rows as neighbours.",),
    ),
    Family(
        key="svm",
        title="Support vector machine",
        group="Neighbours and margins",
        summary="Draws the widest border between classes (or a tube around numbers), bent by a kernel.",
        classifier="sklearn.svm:SVC",
        regressor="sklearn.svm:SVR",
        scaled=True,
        calibrated=True,
        slow_above=10_000,
        fixed={"cache_size": 400},
        hints={
            "C": Hint(help="Price of a row on the wrong side; larger bends more.", soft=(1e-2, 1e3), log=True),
            "kernel": Hint(help="How the border may bend.", choices=("linear", "poly", "rbf", "sigmoid")),
            "gamma": Hint(
                help="Reach of a single row; larger bends more. Empty for one that suits the spread of the columns.",
                soft=(1e-4, 1e1),
                log=True,
                empty="scale",
                applies=(unless("kernel", "linear"),),
            ),
            "epsilon": Hint(help="Half the width of the tube in which errors are free.", soft=(1e-3, 1.0), log=True),
            "class_weight": CLASS_WEIGHT,
            "degree": Hint(
                help="Degree of the polynomial kernel.", soft=(2, 5), applies=(where("kernel", "poly"),), advanced=True
            ),
            "coef0": Hint(
                help="Constant inside the kernel.",
                soft=(0.0, 1.0),
                applies=(where("kernel", "poly", "sigmoid"),),
                advanced=True,
            ),
            "shrinking": Hint(
                help="Whether the solver leaves out rows far from the border for a while.", advanced=True
            ),
            "tol": TOLERANCE,
        },
        notes=(
            (
                "Probabilities of classes are calibrated by Platt's sigmoid, learned on the out-of-fold scores of five "
                "stratified folds of the training rows (fewer when a class has fewer rows), with one machine fitted on "
                "all of them; scikit-learn's own probability=True is deprecated since 1.9 and not used."
            ),
        ),
    ),
    Family(
        key="mlp",
        title="Neural network",
        group="Neighbours and margins",
        summary="Layers of small units that learn together (a multi-layer perceptron). Wants scaled columns and rows.",
        classifier="sklearn.neural_network:MLPClassifier",
        regressor="sklearn.neural_network:MLPRegressor",
        scaled=True,
        hints={
            "hidden_layer_sizes": Hint(
                help="Units of each hidden layer, separated by commas, such as 100 or 64,32.",
                layers=True,
                default="100",
            ),
            "alpha": Hint(help="Pull of the weights towards zero.", soft=(1e-6, 1e0), log=True),
            "learning_rate_init": Hint(help="Size of the first steps.", soft=(1e-4, 1e-1), log=True, applies=_GRADIENT),
            "max_iter": Hint(help="Passes over the rows at most.", soft=(50, 1000), log=True, default=300),
            "early_stopping": Hint(
                help="Whether to stop once a tenth of the training rows no longer improves.", applies=_GRADIENT
            ),
            "activation": Hint(help="What a unit makes of its input.", advanced=True),
            "solver": Hint(help="How the weights are found; lbfgs suits small tables.", advanced=True),
            "batch_size": Hint(
                help="Rows of a step; empty for 200.",
                soft=(16, 512),
                log=True,
                empty="auto",
                applies=_GRADIENT,
                advanced=True,
            ),
            "learning_rate": Hint(
                help="How the steps get smaller with time.", applies=(where("solver", "sgd"),), advanced=True
            ),
            "momentum": Hint(
                help="How much of the last step is kept.",
                soft=(0.0, 0.99),
                applies=(where("solver", "sgd"),),
                advanced=True,
            ),
            "n_iter_no_change": Hint(
                help="Passes without progress after which it stops.", soft=(5, 50), applies=_GRADIENT, advanced=True
            ),
            "tol": TOLERANCE,
        },
    ),
    Family(
        key="naive_bayes",
        title="Naive Bayes",
        group="Simple and baselines",
        summary="Treats columns as if they had nothing to do with each other. Instant; its probabilities are too bold.",
        classifier="sklearn.naive_bayes:GaussianNB",
        scaled=True,
        hints={
            "var_smoothing": Hint(
                help="Share of the largest variance added to each; larger is smoother.", soft=(1e-12, 1e-1), log=True
            ),
        },
    ),
    Family(
        key="dummy",
        title="Baseline without columns",
        group="Simple and baselines",
        summary="Always gives the same answer. What any model must beat.",
        classifier="sklearn.dummy:DummyClassifier",
        regressor="sklearn.dummy:DummyRegressor",
        hints={
            "strategy": _PRIOR,
            "quantile": Hint(
                help="The quantile that is always answered.",
                soft=(0.05, 0.95),
                default=0.5,
                required=True,
                applies=(where("strategy", "quantile"),),
            ),
        },
    ),
)
