"""Boosting: small trees that each mend the errors of those before."""

from core.training.family import CLASS_WEIGHT, Family, Hint, unless, where

_RATE = Hint(help="Weight of each tree; smaller needs more trees.", soft=(0.01, 1.0), log=True)
_ROUNDS = Hint(help="Number of trees (of rounds, with several classes).", soft=(50, 1000), log=True)
_DEPTH = Hint(help="Questions a tree may ask in a row; empty for no limit.", soft=(2, 20))
_ROWS = Hint(help="Share of the rows drawn for each tree.", soft=(0.5, 1.0))
_COLUMNS = Hint(help="Share of the columns drawn for each tree.", soft=(0.3, 1.0))
_L1 = Hint(help="Pull of the leaves to exactly zero.", soft=(0.0, 10.0), advanced=True)
_L2 = Hint(help="Pull of the leaves towards zero.", soft=(0.0, 10.0))
_GAIN = Hint(help="What a split must gain at least.", soft=(0.0, 5.0), advanced=True)

BOOSTING: tuple[Family, ...] = (
    Family(
        key="hist_gradient_boosting",
        title="Gradient boosting",
        group="Boosting",
        summary="Small trees that each mend the errors of those before, on binned values. Often the most accurate.",
        classifier="sklearn.ensemble:HistGradientBoostingClassifier",
        regressor="sklearn.ensemble:HistGradientBoostingRegressor",
        hints={
            "learning_rate": _RATE,
            "max_iter": _ROUNDS,
            "max_leaf_nodes": Hint(help="Leaves of each tree; empty for no limit.", soft=(7, 127), log=True),
            "max_depth": _DEPTH,
            "min_samples_leaf": Hint(help="Rows every leaf must hold.", soft=(1, 200), log=True),
            "l2_regularization": _L2,
            "class_weight": CLASS_WEIGHT,
            "max_features": Hint(help="Share of the columns looked at in each split.", soft=(0.1, 1.0), advanced=True),
            "max_bins": Hint(help="Bins of each column.", soft=(15, 255), advanced=True),
            "loss": Hint(
                help="The error that is made small.",
                choice_help={
                    "gamma": "gamma wants answers above zero.",
                    "poisson": "poisson wants no negative answer.",
                },
                choices=("absolute_error", "gamma", "poisson", "quantile", "squared_error"),
                advanced=True,
            ),
            "quantile": Hint(
                help="Which quantile is predicted: 0.5 is the median, 0.9 is rarely exceeded.",
                soft=(0.05, 0.95),
                default=0.5,
                required=True,
                applies=(where("loss", "quantile"),),
                advanced=True,
            ),
        },
        notes=("Above 10,000 rows it stops by itself once a tenth of the training rows no longer improves.",),
    ),
    Family(
        key="lightgbm",
        title="LightGBM",
        group="Boosting",
        summary="Boosting that grows the leaf with the most to gain. Fast on large tables.",
        classifier="core.training.boosters:LightGbmClassifier",
        regressor="core.training.boosters:LightGbmRegressor",
        package="lightgbm",
        hints={
            "learning_rate": _RATE,
            "n_estimators": _ROUNDS,
            "num_leaves": Hint(help="Leaves of each tree.", soft=(7, 255), log=True),
            "max_depth": _DEPTH,
            "min_child_samples": Hint(help="Rows every leaf must hold.", soft=(1, 200), log=True),
            "subsample": _ROWS,
            "colsample_bytree": _COLUMNS,
            "reg_lambda": _L2,
            "class_weight": CLASS_WEIGHT,
            "reg_alpha": _L1,
            "min_split_gain": _GAIN,
            "max_bin": Hint(help="Bins of each column.", soft=(15, 511), advanced=True),
        },
    ),
    Family(
        key="xgboost",
        title="XGBoost",
        group="Boosting",
        summary="Boosting with strong brakes against learning by heart. A favourite of competitions.",
        classifier="core.training.boosters:XgBoostClassifier",
        regressor="core.training.boosters:XgBoostRegressor",
        package="xgboost",
        hints={
            "learning_rate": Hint(help="Weight of each tree; smaller needs more trees.", soft=(0.01, 1.0), log=True),
            "n_estimators": _ROUNDS,
            "max_depth": Hint(help="Questions a tree may ask in a row.", soft=(2, 12)),
            "min_child_weight": Hint(help="Weight (about rows) every leaf must hold.", soft=(0.0, 20.0)),
            "subsample": _ROWS,
            "colsample_bytree": _COLUMNS,
            "reg_lambda": _L2,
            "class_weight": CLASS_WEIGHT,
            "reg_alpha": _L1,
            "gamma": _GAIN,
            "grow_policy": Hint(
                help="Grow level by level (depthwise) or where most is to gain (lossguide).", advanced=True
            ),
            "max_leaves": Hint(
                help="Leaves of each tree; empty for no limit.",
                soft=(7, 255),
                log=True,
                applies=(unless("grow_policy", "depthwise"),),
                advanced=True,
            ),
            "max_bin": Hint(help="Bins of each column.", soft=(15, 511), advanced=True),
        },
    ),
)
