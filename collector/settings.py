"""Every setting: read once, checked, then frozen. README.md lists them, and a test compares.

Where a setting means what Langfuse's means, it has Langfuse's name; limits carry their unit last.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from collector import database_url
from collector.environment import (
    Network,
    as_path,
    as_text,
    declarations,
    declare,
    flag,
    matching,
    networks,
    number,
    one_of,
    read_environment,
    read_value,
    size,
    switch,
    whole,
)
from collector.errors import SettingsError

KIB = 1024
MIB = 1024**2
GIB = 1024**3

_LOOPBACK = networks("127.0.0.0/8,::1/128")
_URL = matching(r"https?://[^\s/?#]+[^\s?#]*", "an address such as https://traces.example.org")
_HEX_KEY = matching(r"[0-9a-fA-F]{64}", "64 hexadecimal characters (openssl rand -hex 32)")
_BASE_PATH = matching(r"(/[A-Za-z0-9._~-]+)+", "a path such as /understudy, without / at its end")

_secret = partial(declare, None, read=as_text, secret=True)
_text = partial(declare, None, read=as_text)


def _bytes(default: float, meaning: str, minimum: int = KIB) -> Any:
    return declare(int(default), meaning, size(minimum))


def _count(default: int, meaning: str, minimum: int = 1) -> Any:
    return declare(default, meaning, whole(minimum))


def _duration(default: float, meaning: str) -> Any:
    return declare(default, meaning, number(0.01))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where objects go: one S3 bucket, reached by path-style addresses unless told otherwise."""

    name: str
    region: str = "us-east-1"
    endpoint: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    prefix: str = ""
    force_path_style: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the service may be told. Absent values are `None`; there are no hidden ones."""

    host: str = declare("127.0.0.1", "address to listen on", as_text, variable="HOST")
    port: int = declare(3000, "port to listen on", whole(0, 65535), variable="PORT")
    data_dir: Path = declare(Path("data"), "folder of all data", as_path, variable="DATA_DIR")
    base_path: str = declare("", "path the service lives under", _BASE_PATH, variable="BASE_PATH")
    trusted_proxies: tuple[Network, ...] = declare(
        (), "proxies whose X-Forwarded-* headers count", networks, variable="TRUSTED_PROXIES"
    )
    metrics_token: str | None = _secret(
        "bearer token that opens /metrics", variable="METRICS_TOKEN"
    )
    metrics_allowed_networks: tuple[Network, ...] = declare(
        _LOOPBACK, "may read /metrics, no token", networks, variable="METRICS_ALLOWED_NETWORKS"
    )
    log_level: str = declare(
        "INFO",
        "least level logged",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        variable="LOG_LEVEL",
    )

    database_url: str | None = _secret(
        "PostgreSQL address (`sslmode` understood)", variable="DATABASE_URL"
    )
    database_host: str | None = _text("PostgreSQL host", variable="DATABASE_HOST")
    database_port: int = declare(5432, "PostgreSQL port", whole(1, 65535), variable="DATABASE_PORT")
    database_name: str | None = _text("PostgreSQL database", variable="DATABASE_NAME")
    database_username: str | None = _text("PostgreSQL user", variable="DATABASE_USERNAME")
    database_password: str | None = _secret("its password", variable="DATABASE_PASSWORD")

    salt: str | None = _secret("salt of API key hashes", variable="SALT")
    encryption_key: str | None = declare(
        None, "key of stored credentials", _HEX_KEY, variable="ENCRYPTION_KEY", secret=True
    )
    nextauth_secret: str | None = _secret("key of login cookies", variable="NEXTAUTH_SECRET")
    nextauth_url: str | None = declare(
        None, "public address of the pages", _URL, variable="NEXTAUTH_URL"
    )

    init_org_id: str | None = _text("first organisation", variable="LANGFUSE_INIT_ORG_ID")
    init_org_name: str | None = _text("its name", variable="LANGFUSE_INIT_ORG_NAME")
    init_project_id: str | None = _text("first project", variable="LANGFUSE_INIT_PROJECT_ID")
    init_project_name: str | None = _text("its name", variable="LANGFUSE_INIT_PROJECT_NAME")
    init_project_retention_days: int | None = declare(
        None, "days it keeps traces", whole(0), variable="LANGFUSE_INIT_PROJECT_RETENTION"
    )
    init_project_public_key: str | None = _text(
        "its public key", variable="LANGFUSE_INIT_PROJECT_PUBLIC_KEY"
    )
    init_project_secret_key: str | None = _secret(
        "its secret key", variable="LANGFUSE_INIT_PROJECT_SECRET_KEY"
    )
    init_user_email: str | None = _text("first user", variable="LANGFUSE_INIT_USER_EMAIL")
    init_user_name: str | None = _text("their name", variable="LANGFUSE_INIT_USER_NAME")
    init_user_password: str | None = _secret(
        "their password", variable="LANGFUSE_INIT_USER_PASSWORD"
    )

    s3_event_bucket: str | None = _text(
        "bucket of sealed segments", variable="LANGFUSE_S3_EVENT_UPLOAD_BUCKET"
    )
    s3_event_region: str | None = _text("its region", variable="LANGFUSE_S3_EVENT_UPLOAD_REGION")
    s3_event_endpoint: str | None = declare(
        None, "its endpoint", _URL, variable="LANGFUSE_S3_EVENT_UPLOAD_ENDPOINT"
    )
    s3_event_access_key_id: str | None = _text(
        "its access key", variable="LANGFUSE_S3_EVENT_UPLOAD_ACCESS_KEY_ID"
    )
    s3_event_secret_access_key: str | None = _secret(
        "its secret key", variable="LANGFUSE_S3_EVENT_UPLOAD_SECRET_ACCESS_KEY"
    )
    s3_event_prefix: str = declare(
        "", "put before each key", as_text, variable="LANGFUSE_S3_EVENT_UPLOAD_PREFIX"
    )
    s3_event_force_path_style: bool = declare(
        True, "bucket in the path", flag, variable="LANGFUSE_S3_EVENT_UPLOAD_FORCE_PATH_STYLE"
    )
    s3_media_bucket: str | None = _text(
        "bucket of media", variable="LANGFUSE_S3_MEDIA_UPLOAD_BUCKET"
    )
    s3_media_region: str | None = _text("its region", variable="LANGFUSE_S3_MEDIA_UPLOAD_REGION")
    s3_media_endpoint: str | None = declare(
        None, "its endpoint", _URL, variable="LANGFUSE_S3_MEDIA_UPLOAD_ENDPOINT"
    )
    s3_media_access_key_id: str | None = _text(
        "its access key", variable="LANGFUSE_S3_MEDIA_UPLOAD_ACCESS_KEY_ID"
    )
    s3_media_secret_access_key: str | None = _secret(
        "its secret key", variable="LANGFUSE_S3_MEDIA_UPLOAD_SECRET_ACCESS_KEY"
    )
    s3_media_prefix: str = declare(
        "", "put before each key", as_text, variable="LANGFUSE_S3_MEDIA_UPLOAD_PREFIX"
    )
    s3_media_force_path_style: bool = declare(
        True, "bucket in the path", flag, variable="LANGFUSE_S3_MEDIA_UPLOAD_FORCE_PATH_STYLE"
    )

    media_extraction: bool = declare(True, "base64 of payloads becomes media", flag)
    media_url_seconds: float = declare(
        3600,
        "a link to media is good",
        number(1),
        variable="LANGFUSE_S3_MEDIA_DOWNLOAD_URL_EXPIRY_SECONDS",
    )
    media_bytes_max: int = _bytes(16 * MIB, "one item; a larger one stays in its payload")
    media_items_max: int = _count(200, "items of one request; others stay in their payloads")
    media_waiting_bytes_max: int = _bytes(
        GIB, "media waiting for the bucket; past it they stay in payloads", 0
    )
    media_waiting_rows_max: int = _count(
        100_000, "items and uses waiting for the registry, likewise"
    )
    media_retry_seconds_max: float = _duration(60, "pause while bucket or registry is away")
    media_downloads_max: int = _count(16, "media being read at one time, then 503")

    ingestion_body_bytes_max: int = _bytes(4.5 * MIB, "body of /ingestion, inflated")
    json_body_bytes_max: int = _bytes(MIB, "any other JSON body")
    otlp_protobuf_bytes_max: int = _bytes(64 * MIB, "OTLP protobuf body, inflated")
    otlp_json_bytes_max: int = _bytes(16 * MIB, "OTLP JSON body, inflated")
    otlp_spool_bytes: int = _bytes(4 * MIB, "OTLP body kept in memory, the rest on disk")
    span_bytes_max: int = _bytes(16 * MIB, "one OTLP span")
    json_depth_max: int = _count(200, "nesting of a JSON body", 16)
    batch_events_max: int = _count(10_000, "events in one /ingestion batch")
    requests_in_flight_bytes_max: int = _bytes(32 * MIB, "bodies being read at one time")
    requests_in_flight_wait_seconds: float = _duration(2, "wait for room among them, then 503")
    models_max: int = _count(500, "models of a project, then 400")
    model_body_bytes_max: int = _bytes(16 * KIB, "body of a model")
    priced_names_max: int = _count(1_000, "model names whose price is remembered")
    score_configs_max: int = _count(1_000, "score configs of a project, then 400")
    score_config_body_bytes_max: int = _bytes(16 * KIB, "body of a score config")
    prompts_max: int = _count(10_000, "prompts of a project, then 400")
    prompt_versions_max: int = _count(10_000, "versions of a prompt, then 400")
    prompt_versions_listed_max: int = _count(10_000, "versions named on one page of prompts")
    prompt_labels_max: int = _count(100, "labels of a prompt, and its tags, then 400")
    prompt_body_bytes_max: int = _bytes(MIB, "body of a request about a prompt")
    prompt_config_bytes_max: int = _bytes(128 * KIB, "config of a prompt, then 400", 2)
    prompt_references_max: int = _count(100, "references that one prompt leads to, then 400 or 422")
    prompt_resolved_bytes_max: int = _bytes(4 * MIB, "read and made for them, then 400 or 422")
    datasets_max: int = _count(1_000, "datasets of a project, then 400")
    dataset_items_max: int = _count(20_000, "items of a dataset, then 400")
    dataset_item_versions_max: int = _count(1_000, "versions kept of an item", 2)
    dataset_item_body_bytes_max: int = _bytes(4.5 * MIB, "body of a dataset item")
    dataset_runs_max: int = _count(10_000, "runs of a dataset, then 400")
    dataset_listed_max: int = _count(10_000, "items or runs in one unpaged answer, then 422")
    dataset_answer_bytes_max: int = _bytes(16 * MIB, "datasets or items in one answer, then 422")
    session_traces_max: int = _count(1_000, "traces in the answer of one session, then 422")

    journal_bytes_max: int = _bytes(512 * MIB, "journal on disk, then 503", MIB)
    journal_file_bytes: int = _bytes(16 * MIB, "one journal file")
    flush_interval_seconds: float = _duration(2, "longest time between flushes")
    flush_rows_max: int = _count(2_000, "rows that start a flush")
    flush_bytes_max: int = _bytes(2 * MIB, "bytes that start a flush")
    read_wait_seconds: float = _duration(2, "a read waits for its writes, then 503")
    token_estimate: bool = declare(
        True,
        "tokens are estimated where nobody counted: on or off",
        switch,
        variable="TOKEN_ESTIMATE",
    )
    query_deadline_seconds: float = _duration(20, "one query, then 422")
    query_queue_max: int = _count(8, "heavy queries waiting (light: 8 times as many), then 503")
    query_queue_wait_seconds: float = _duration(5, "one query's wait, then 503")
    duckdb_memory_limit_mib: int = _count(32, "DuckDB's memory limit, MiB", 16)
    duckdb_threads: int = _count(1, "DuckDB's threads")
    spill_bytes_max: int = _bytes(GIB, "DuckDB's spill folder", MIB)
    seal_observations: int = _count(100_000, "observations of a project that start a seal")
    seal_small_observations: int = _count(5_000, "after the small age, this many start it")
    seal_small_age_hours: float = _duration(24, "the small age")
    seal_age_days: float = _duration(7, "age that starts a seal whatever the number")
    seal_quiet_minutes: float = _duration(30, "traces touched since then stay hot")
    disk_free_bytes_min: int = _bytes(256 * MIB, "free disk kept, below it writes get 503", 0)

    registry_pool_connections_max: int = _count(5, "connections to PostgreSQL")
    registry_timeout_seconds: float = _duration(5, "one registry statement, then 503")
    mirror_fresh_seconds: float = _duration(60, "a key is trusted without asking again")
    mirror_stale_hours_max: float = _duration(24, "and this long while PostgreSQL is away")
    rejected_events_max: int = _count(1_000, "refused events kept per project")
    rejected_events_days_max: float = _duration(7, "and for so long")
    rejected_events_waiting_max: int = _count(1_000, "of them waiting for PostgreSQL")
    rejected_payload_bytes_max: int = _bytes(4 * KIB, "kept of a refused event's body")
    knowledge_refresh_seconds: float = _duration(10, "what flushes ask of the registry is copied")
    login_session_hours: float = _duration(24 * 30, "a login lasts")
    login_attempts_per_minute_max: int = _count(10, "login attempts from one address")
    shutdown_seconds: float = _duration(4, "requests may finish after SIGTERM")

    @property
    def on_postgres(self) -> bool:
        """Whether the registry lives in PostgreSQL; otherwise it is a file of the data folder."""
        return bool(self.database_url or self.database_host)

    @property
    def registry_url(self) -> str:
        """The registry's address for SQLAlchemy's async engine, password included."""
        if not self.on_postgres:
            return f"sqlite+aiosqlite:///{(self.data_dir / 'registry.sqlite').absolute()}"
        return database_url.for_sqlalchemy(self.postgres_url())

    @property
    def registry_connect_args(self) -> dict[str, Any]:
        """Arguments of the driver's connect: TLS above all; nothing for SQLite."""
        return database_url.connect_args(self.postgres_url()) if self.on_postgres else {}

    def postgres_url(self) -> str:
        """The address as it was given, or as its parts make it."""
        return self.database_url or database_url.from_parts(
            self.database_host or "",
            self.database_port,
            self.database_name or "",
            self.database_username or "",
            self.database_password,
        )

    @property
    def segments_bucket(self) -> Bucket | None:
        """Where sealed segments go; `None` keeps them in the data folder only."""
        return self._bucket("s3_event") or self._bucket("s3_media")

    @property
    def media_bucket(self) -> Bucket | None:
        """Where media go; `None` keeps them in the data folder."""
        return self._bucket("s3_media") or self._bucket("s3_event")

    def _bucket(self, group: str) -> Bucket | None:
        name = getattr(self, group + "_bucket")
        if not name:
            return None
        return Bucket(
            name=name,
            region=getattr(self, group + "_region") or "us-east-1",
            endpoint=getattr(self, group + "_endpoint"),
            access_key_id=getattr(self, group + "_access_key_id"),
            secret_access_key=getattr(self, group + "_secret_access_key"),
            prefix=getattr(self, group + "_prefix"),
            force_path_style=getattr(self, group + "_force_path_style"),
        )


def load_settings(
    overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Reads the environment once, then what the command line said (by field name, `None` = absent).

    Raises SettingsError with one sentence that names the variable and what to do.
    """
    values = read_environment(Settings, os.environ if environ is None else environ)
    declared = declarations(Settings)
    for name, value in (overrides or {}).items():
        if value is not None:
            values[name] = read_value(declared[name], str(value))
    settings = Settings(**values)
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    if settings.on_postgres:
        database_url.check(settings.postgres_url())
    for first, second in _PAIRS:
        if bool(getattr(settings, first)) != bool(getattr(settings, second)):
            set_one, absent = (first, second) if getattr(settings, first) else (second, first)
            message = f"{_variable(set_one)} is set without {_variable(absent)}; set both or none"
            raise SettingsError(message)
    for group in ("s3_event", "s3_media"):
        if getattr(settings, group + "_endpoint") and not getattr(settings, group + "_bucket"):
            message = f"{_variable(group + '_endpoint')} is set without a bucket; name it in "
            raise SettingsError(message + _variable(group + "_bucket"))
    if settings.journal_file_bytes > settings.journal_bytes_max:
        message = "UNDERSTUDY_JOURNAL_FILE_BYTES is larger than the whole journal; lower it"
        raise SettingsError(message)


_PAIRS = (
    ("init_project_public_key", "init_project_secret_key"),
    ("init_user_email", "init_user_password"),
    ("s3_event_access_key_id", "s3_event_secret_access_key"),
    ("s3_media_access_key_id", "s3_media_secret_access_key"),
)


def _variable(name: str) -> str:
    return declarations(Settings)[name].variable
