"""What a scientist writes today: fit, score, and `mlflow.sklearn.log_model` with its defaults.

Run in a process of its own, as such a script is. Arguments: the churn table and an empty folder. Prints its seconds as
JSON: of the fit on one core (scikit-learn's default) and on all, of the score, and of the recording, imports and making
the databases left out. One default is not kept, the format: MLflow's own refuses this pipeline until each of its types
is named as trusted.
"""

import json
import sys
import time

import mlflow
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

TABLE, FOLDER = sys.argv[1:]
PARAMS = {"n_estimators": 200, "random_state": 0}

frame = pd.read_csv(TABLE)
features, target = frame.drop(columns="churn"), frame["churn"]
numbers = list(features.select_dtypes("number").columns)
texts = [name for name in features.columns if name not in numbers]
columns = make_column_transformer(
    (SimpleImputer(strategy="median"), numbers),
    (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), texts),
)
model = make_pipeline(columns, RandomForestClassifier(**PARAMS))
train, test, answers, truth = train_test_split(features, target, test_size=0.2, random_state=0, stratify=target)
mlflow.set_tracking_uri(f"sqlite:///{FOLDER}/mlflow.db")
mlflow.create_experiment("peer", artifact_location=f"file://{FOLDER}/artifacts")
mlflow.set_experiment("peer")

on_all = make_pipeline(columns, RandomForestClassifier(**PARAMS, n_jobs=-1))
begun = time.perf_counter()
on_all.fit(train, answers)
seconds = {"fit_all_cores": time.perf_counter() - begun}

begun = time.perf_counter()
with mlflow.start_run():
    mlflow.log_params(PARAMS)
    fitting = time.perf_counter()
    model.fit(train, answers)
    scoring = time.perf_counter()
    accuracy = model.score(test, truth)
    scored = time.perf_counter()
    mlflow.log_metric("accuracy", accuracy)
    mlflow.sklearn.log_model(model, name="model", serialization_format="cloudpickle")
seconds |= {"fit": scoring - fitting, "score": scored - scoring}
seconds["record"] = time.perf_counter() - begun - seconds["fit"] - seconds["score"]
print(json.dumps(seconds))
