"""The texts of an exported folder: its server, image, KServe manifest and description."""

import re
import sys
from string import Template

PORT = 8080

SERVER = Template('''"""Answers for version $version of $project.

`python server.py` serves it, `python server.py --check` only proves it. Written by Pilothouse.
HOST and PORT are read from the environment.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from core.serving.standalone import Server, Standalone  # noqa: E402


def main() -> None:
    """Load the model, which answers its known rows as at training or is not served, then serve it."""
    model = Standalone(Path(__file__).resolve().parent / "model")
    told = {
        "version": model.version,
        "known_rows": len(model.manifest.probe),
        "answers_by": model.backend.kind,
        "code": sorted(name for name in sys.modules if name.partition(".")[0] == "core"),
    }
    if "--check" in sys.argv[1:]:
        from core import errors

        print(json.dumps({**told, "code_in": str(Path(errors.__file__).parents[1])}))
        return
    import uvicorn

    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "$port"))
    uvicorn.run(Server(model), host=host, port=port, access_log=False, server_header=False, lifespan="off")


if __name__ == "__main__":
    main()
''')

DOCKERFILE = Template("""# Version $version of $project: `docker build -t $image .`
# and then `docker run -p $port:$port $image`.
FROM python:$python-slim
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --requirement requirements.txt
COPY core core
COPY model model
COPY server.py ./
RUN python server.py --check
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin model
USER 10001
ENV HOST=0.0.0.0 PORT=$port PYTHONUNBUFFERED=1
EXPOSE $port
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \\
    CMD ["python", "-c", "from urllib.request import urlopen as get; get('http://127.0.0.1:$port/readyz', timeout=2)"]
CMD ["python", "server.py"]
""")

KSERVE = Template("""# Version $version of $project for KServe: once the image is pushed,
# `kubectl apply -f inference-service.yaml`.
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: $name
  labels:
    app.kubernetes.io/managed-by: pilothouse
  annotations:
    pilothouse/project: "$project"
    pilothouse/version: "$version"
    pilothouse/model-sha256: "$model_sha256"
spec:
  predictor:
    containers:
      - name: kserve-container
        image: "$image"
        env:
          - name: PROTOCOL
            value: v2
        ports:
          - name: http1
            containerPort: $port
            protocol: TCP
        readinessProbe:
          httpGet:
            path: /v2/models/$project/ready
            port: $port
          periodSeconds: 5
        livenessProbe:
          httpGet:
            path: /v2/health/live
            port: $port
          periodSeconds: 10
        resources:
          requests:
            cpu: 100m
            memory: 256Mi
          limits:
            cpu: "1"
            memory: 1Gi
        securityContext:
          allowPrivilegeEscalation: false
          runAsNonRoot: true
          capabilities:
            drop: [ALL]
""")

README = Template("""# Version $version of $project

Exported by Pilothouse. The folder needs nothing but Python $python and the packages in `requirements.txt`.

| file | what it is |
|---|---|
| `server.py` | the server: `pip install -r requirements.txt && python server.py`, then http://127.0.0.1:$port |
| `model/` | the version: its manifest, the model as a skops file$compiled, each known by its SHA-256 |
| `core/` | the few modules of Pilothouse that answer, as they were |
| `Dockerfile` | the same as an image; its build fails when the model answers otherwise than at training |
| `inference-service.yaml` | the image as a KServe InferenceService |

Before it serves, the server checks all hashes and answers the $known_rows known rows in `model/manifest.json`, which
must come out as at training within 1e-9. `python server.py --check` does only that.

It answers `POST /predict`, `/predict/batch`, `/invocations` (MLflow's forms and CSV) and `/v2/models/$project/infer`
(Open Inference Protocol), strictly checked as in Pilothouse; `GET /health` shows the input schema and an example. It
keeps no log of predictions, asks for no key, and knows no contract: put it behind what does. The manifest holds
$known_rows rows of the data the model was made of.

    curl -s http://127.0.0.1:$port/predict -H 'content-type: application/json' -d '$example'
""")


def python() -> str:
    """Return the release of Python that proved the export."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def kubernetes_name(project: str) -> str:
    """Return a name Kubernetes takes: letters, digits and dashes, a letter first."""
    plain = re.sub(r"[^a-z0-9-]", "-", project.lower()).strip("-")
    return (plain if plain[:1].isalpha() else f"model-{plain}")[:50].rstrip("-")
