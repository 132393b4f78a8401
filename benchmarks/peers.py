"""What the scoring API is measured against: servers that run as processes of their own.

``python -m benchmarks.peers empty PORT`` is a FastAPI endpoint that does nothing, the limit of the framework;
``… seed PORT MODEL`` is what a tutorial shows: a pydantic model, a data frame, the pipeline.
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI


def empty() -> FastAPI:
    """Return an app that reads no body and answers a constant."""
    app = FastAPI()

    @app.post("/predict")
    async def predict() -> dict[str, str]:
        return {"status": "ok"}

    return app


def seed(model: str) -> FastAPI:
    """Return an app that answers with the pipeline MLflow saved in ``model``."""
    import mlflow
    import pandas as pd
    from pydantic import create_model

    pipeline = mlflow.sklearn.load_model(model)
    names = [str(name) for name in pipeline.feature_names_in_]
    fields: dict[str, Any] = dict.fromkeys(names, (Any, ...))
    record_type = create_model("Record", **fields)
    app = FastAPI()

    @app.post("/predict")
    def predict(record: record_type) -> dict[str, Any]:  # type: ignore[valid-type]
        shares = pipeline.predict_proba(pd.DataFrame([record.model_dump()]))
        return {"prediction": str(pipeline.classes_[shares[0].argmax()]), "probability": float(shares[0].max())}

    return app


def main() -> None:
    """Serve the peer that the command line names."""
    kind, port, *rest = sys.argv[1:]
    uvicorn.run(empty() if kind == "empty" else seed(*rest), port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
