"""Trees and forests: questions on one column at a time."""

from core.training.family import CLASS_WEIGHT, Family, Hint, where

_DEPTH = Hint(help="Questions a tree may ask in a row; empty for no limit.", soft=(2, 30))
_LEAF = Hint(help="Rows every leaf must hold; larger is smoother.", soft=(1, 50), log=True)
_SPLIT = Hint(help="Rows a node needs to be split.", soft=(2, 50), log=True, advanced=True)
_LEAVES = Hint(help="Leaves a tree may have; empty for no limit.", soft=(8, 1024), log=True, advanced=True)
_CRITERION = Hint(
    help="How the purity of a node is measured.",
    choice_help={"poisson": "poisson wants counts."},
    choices=("entropy", "gini", "log_loss", "poisson", "squared_error"),
    advanced=True,
)
_PRUNING = Hint(help="How hard trees are pruned afterwards.", soft=(0.0, 0.05), advanced=True)
_IMPURITY = Hint(help="What a split must gain at least.", soft=(0.0, 0.1), advanced=True)
_FEATURES = Hint(help="Columns looked at for each question.", soft=(0.1, 1.0))
_FOREST = {
    "n_estimators": Hint(help="Number of trees; more is steadier and slower.", soft=(50, 500)),
    "max_depth": _DEPTH,
    "min_samples_leaf": _LEAF,
    "max_features": _FEATURES,
    "class_weight": CLASS_WEIGHT,
    "min_samples_split": _SPLIT,
    "max_leaf_nodes": _LEAVES,
    "criterion": _CRITERION,
    "bootstrap": Hint(help="Whether each tree sees a random draw of the rows.", advanced=True),
    "max_samples": Hint(
        help="Share of the rows drawn for each tree; empty for as many as there are.",
        soft=(0.1, 1.0),
        applies=(where("bootstrap", True),),
        advanced=True,
    ),
    "min_impurity_decrease": _IMPURITY,
    "ccp_alpha": _PRUNING,
}

TREES: tuple[Family, ...] = (
    Family(
        key="decision_tree",
        title="Decision tree",
        group="Trees",
        summary="One tree of questions. Can be read aloud, and learns by heart unless it is kept small.",
        classifier="sklearn.tree:DecisionTreeClassifier",
        regressor="sklearn.tree:DecisionTreeRegressor",
        hints={
            "max_depth": Hint(help="Questions the tree may ask in a row; empty for no limit.", soft=(2, 30), default=8),
            "min_samples_leaf": _LEAF,
            "class_weight": CLASS_WEIGHT,
            "criterion": _CRITERION,
            "splitter": Hint(help="Whether each question is the best one or the best of random ones.", advanced=True),
            "min_samples_split": _SPLIT,
            "max_leaf_nodes": _LEAVES,
            "min_impurity_decrease": _IMPURITY,
            "ccp_alpha": _PRUNING,
        },
    ),
    Family(
        key="random_forest",
        title="Random forest",
        group="Trees",
        summary="The average of many deep trees, each grown on a random part of the rows. Good without tuning.",
        classifier="sklearn.ensemble:RandomForestClassifier",
        regressor="sklearn.ensemble:RandomForestRegressor",
        threaded=True,
        hints=_FOREST,
    ),
    Family(
        key="extra_trees",
        title="Extra trees",
        group="Trees",
        summary="A forest whose questions are drawn at random: faster than a random forest and a little smoother.",
        classifier="sklearn.ensemble:ExtraTreesClassifier",
        regressor="sklearn.ensemble:ExtraTreesRegressor",
        threaded=True,
        hints=_FOREST,
    ),
)
