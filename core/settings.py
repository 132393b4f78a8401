"""The settings of an installation, read once from ``PILOTHOUSE_*`` variables and ``.env``."""

import os
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import InvalidSetting, UnsafeBinding

QUIET = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_MODEL_CODE_EXECUTION": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "FEAST_USAGE": "False",
    "DVC_NO_ANALYTICS": "1",
    "MPLBACKEND": "Agg",
}


class Auth(StrEnum):
    """How users prove who they are."""

    OFF = "off"
    PASSWORD = "password"


class Engine(StrEnum):
    """Where the process of a job runs."""

    LOCAL = "local"


class LogFormat(StrEnum):
    """The shape of a log line."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """What an installation can choose; every field is the variable ``PILOTHOUSE_<FIELD>``."""

    model_config = SettingsConfigDict(env_prefix="PILOTHOUSE_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default=Path(".pilothouse"), description="folder of everything this installation keeps")
    database_url: str = Field(default="", description="SQLAlchemy URL of the metadata; empty: SQLite in HOME")
    mlflow_tracking_uri: str = Field(default="", description="MLflow store or server; empty: SQLite in HOME")
    blob_url: str = Field(default="", description="fsspec URL of the stored bytes; empty: HOME/blobs")
    ui_host: str = Field(default="127.0.0.1", description="address the browser interface listens on")
    ui_port: int = Field(default=8501, ge=1, le=65535, description="port of the browser interface")
    ui_public_host: str = Field(default="", description="name browsers use for the interface, when not UI_HOST")
    api_host: str = Field(default="127.0.0.1", description="address the scoring API listens on")
    api_port: int = Field(default=8502, ge=1, le=65535, description="port of the scoring API")
    auth: Auth = Field(default=Auth.OFF, description="off (loopback only) or password")
    engine: Engine = Field(default=Engine.LOCAL, description="where jobs run")
    job_slots: int = Field(default=2, ge=1, le=256, description="jobs a worker runs at once")
    job_timeout: int = Field(default=3600, ge=1, description="seconds a job may take")
    job_memory_mb: int = Field(default=8192, ge=256, description="memory a job may use, in MB")
    upload_mb: int = Field(default=2000, ge=1, description="largest upload through the browser, in MB")
    unpacked_mb: int = Field(default=20_000, ge=1, description="what a packed table may unpack to, in MB")
    api_timeout: int = Field(default=10, ge=1, description="seconds a prediction may take, waiting included")
    api_queue: int = Field(default=64, ge=1, description="predictions of one project that may wait at once")
    secrets: dict[str, SecretStr] = Field(default={}, description="what ${NAME} in addresses of data stands for")
    sources: str = Field(default="", description="beginnings of near addresses that data may be fetched from")
    batch_rows: int = Field(default=10_000, ge=1, description="rows one batch request may hold")
    dvc_remote: str = Field(default="", description="DVC remote of `data push` and `data pull`")
    retention_days: int = Field(default=183, ge=0, description="days that what served cannot be deleted")
    log_days: int = Field(default=0, ge=0, description="days predictions are kept; 0: for ever")
    log_drop: str = Field(default="", description="inputs never logged, as project.column or column, by commas")
    log_mask: str = Field(default="", description="inputs logged without their value, spelled like LOG_DROP")
    log_format: LogFormat = Field(default=LogFormat.TEXT, description="text or json")

    @model_validator(mode="after")
    def _fill_paths(self) -> Self:
        home = self.home.expanduser().resolve()
        object.__setattr__(self, "home", home)
        defaults = {
            "database_url": f"sqlite:///{quote(str(home))}/pilothouse.db",
            "mlflow_tracking_uri": f"sqlite:///{quote(str(home))}/mlflow.db",
            "blob_url": f"file://{home}/blobs",
        }
        for name, value in defaults.items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)
        return self

    def check_binding(self, what: str, host: str) -> None:
        """Refuse to listen beyond loopback while nobody has to sign in.

        Raises:
            UnsafeBinding: ``host`` is not loopback and ``auth`` is off.
        """
        if self.auth is Auth.OFF and not is_loopback(host):
            raise UnsafeBinding(what=what, host=host)

    @property
    def known_secrets(self) -> dict[str, str]:
        """What ``${NAME}`` in addresses of data stands for."""
        return {name: secret.get_secret_value() for name, secret in self.secrets.items()}

    @property
    def near_sources(self) -> list[str]:
        """Beginnings of near addresses that data may be fetched from."""
        return [text.strip() for text in self.sources.split(",") if text.strip()]

    @property
    def screens(self) -> str:
        """Where browsers find the interface."""
        return f"http://{self.ui_public_host or self.ui_host}:{self.ui_port}"

    @property
    def logs(self) -> Path:
        """Folder of the job logs."""
        return self.home / "logs"

    @property
    def uploads(self) -> Path:
        """Folder of files on their way in."""
        return self.home / "uploads"

    @property
    def predictions(self) -> Path:
        """Folder of the prediction log's segments."""
        return self.home / "predictions"

    @property
    def shadows(self) -> Path:
        """Folder of what candidates computed beside the champions, kept like the prediction log."""
        return self.home / "shadows"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load(home: Path | None = None) -> Settings:
    """Read the settings, with ``home`` taken from the caller when given.

    Raises:
        InvalidSetting: a variable has a value that cannot be used.
    """
    try:
        return Settings(home=home) if home else Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"PILOTHOUSE_{str(first['loc'][0]).upper()}" if first["loc"] else "PILOTHOUSE"
        raise InvalidSetting(name=name, problem=str(first["msg"])) from error


def silence_telemetry() -> None:
    """Switch off every library's reporting in this process and its children, before any of them is imported."""
    os.environ.update(QUIET)
