"""MLflow's description of a logged model (``MLmodel``), read as data; what it says of trust is not believed."""

import json
import re
from typing import Any

import yaml

from core.records.adoption import LoggedModel

DESCRIPTION = "MLmodel"
HOW_TO_LOG = (
    "Log it again with mlflow.sklearn.log_model(model, name='model', serialization_format='skops', "
    "skops_trusted_types=skops.io.get_untrusted_types(data=skops.io.dumps(model)), input_example=X.head())"
)
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class Unadoptable(Exception):  # noqa: N818 - a reason, not a fault
    """Why a model cannot be adopted, in a sentence without its full stop."""


def read(text: str) -> LoggedModel:
    """Return what ``MLmodel`` says, when its model is one that can be read without running anything.

    Raises:
        Unadoptable: it is no scikit-learn model, or was pickled.
    """
    try:
        document = yaml.safe_load(text)
        flavors = dict(document["flavors"])
        inputs = _inputs(document.get("signature") or {})
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unadoptable("its MLmodel file cannot be read") from error
    flavor = flavors.get("sklearn")
    if not isinstance(flavor, dict):
        kinds = ", ".join(sorted(set(map(str, flavors)) - {"python_function"})) or "unknown"
        raise Unadoptable(f"its model is of the kind {kinds}; only scikit-learn models are adopted")
    if flavor.get("serialization_format") != "skops":
        raise Unadoptable(f"its model was pickled, and pickles run code when they are read. {HOW_TO_LOG}")
    file, example = flavor.get("pickled_model"), _example(document)
    if not isinstance(file, str) or not _FILE_NAME.fullmatch(file):
        raise Unadoptable("its MLmodel file names a doubtful model file")
    return LoggedModel(file=file, scikit_learn=str(flavor.get("sklearn_version") or ""), inputs=inputs, example=example)


def _inputs(signature: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    columns = json.loads(signature.get("inputs") or "[]")
    return tuple((str(one["name"]), str(one["type"])) for one in columns if "name" in one)


def _example(document: dict[str, Any]) -> str | None:
    info = document.get("saved_input_example_info")
    if not isinstance(info, dict) or info.get("type") != "dataframe" or info.get("pandas_orient") != "split":
        return None
    name = str(info.get("artifact_path"))
    return name if _FILE_NAME.fullmatch(name) else None
