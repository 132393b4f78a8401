# Pilothouse in one image: the interface, the worker and the scoring API, all three by default or one a container.
# The base is Debian with its own Python, so that `.ci/container-check` can run these very steps without an engine.
FROM debian:bookworm-slim AS build
# Debian keeps only the newest build of a package, the one with its security fixes: a pinned one vanishes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/pilothouse
COPY requirements.txt requirements-platform.txt /tmp/
# s3fs is all the image takes from the platform extras: with it BLOB_URL may name an S3 bucket, as compose.yaml does;
# Kubeflow, Feast and DVC would make the image half as large again.
RUN /opt/pilothouse/bin/pip install --no-cache-dir --disable-pip-version-check \
        --requirement /tmp/requirements.txt --constraint /tmp/requirements-platform.txt s3fs
WORKDIR /app
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY core core
COPY storage storage
COPY pages pages
RUN /opt/pilothouse/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --editable . \
    && /opt/pilothouse/bin/python -m compileall -q app.py core storage pages \
    && /opt/pilothouse/bin/pip uninstall --yes --quiet pip setuptools

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 pilothouse \
    && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin pilothouse \
    && install --directory --owner pilothouse --group pilothouse --mode 0700 /data
COPY --from=build /opt/pilothouse /opt/pilothouse
COPY --from=build /app /app
ENV PATH=/opt/pilothouse/bin:$PATH \
    PILOTHOUSE_HOME=/data \
    PILOTHOUSE_AUTH=password \
    PILOTHOUSE_UI_HOST=0.0.0.0 \
    PILOTHOUSE_API_HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1 \
    TZ=UTC
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8501 8502
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen as get; get('http://127.0.0.1:8501/healthz', timeout=2); get('http://127.0.0.1:8502/readyz', timeout=2)"]
ENTRYPOINT ["tini", "--", "pilothouse"]
CMD ["up"]
