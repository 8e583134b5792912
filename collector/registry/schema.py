"""The tables of the registry, as the newest migration leaves them.

Times are Unix milliseconds and free-form values JSON text, so that both engines hold the same.
On PostgreSQL everything stands in a schema of its own.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

POSTGRESQL_SCHEMA = "understudy"

metadata = MetaData()

organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey(organisations.c.id), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("retention_days", Integer),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),
)
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), index=True),
    Column("organisation_id", Text, ForeignKey(organisations.c.id, ondelete="CASCADE"), index=True),
    Column("public_key", Text, nullable=False, unique=True),
    Column("fast_hashed_secret_key", Text, nullable=False, unique=True),
    Column("hashed_secret_key", Text),
    Column("display_secret_key", Text, nullable=False),
    Column("note", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger),
    Column("last_used_ms", BigInteger),
    CheckConstraint("(project_id is null) <> (organisation_id is null)", name="api_keys_scope"),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

login_sessions = Table(
    "login_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, ForeignKey(users.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column(
        "organisation_id",
        Text,
        ForeignKey(organisations.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("user_id", Text, ForeignKey(users.c.id, ondelete="CASCADE"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

project_memberships = Table(
    "project_memberships",
    metadata,
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), primary_key=True),
    Column("user_id", Text, ForeignKey(users.c.id, ondelete="CASCADE"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

job_checkpoints = Table(
    "job_checkpoints",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False, server_default=text("'{}'")),
    Column("updated_ms", BigInteger, nullable=False),
)

score_configs = Table(
    "score_configs",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "project_id",
        Text,
        ForeignKey(projects.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("data_type", Text, nullable=False),
    Column("is_archived", Boolean, nullable=False),
    Column("min_value", Double),
    Column("max_value", Double),
    Column("categories", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

# No foreign key: a whole batch must not be lost for one project that is gone.
rejected_events = Table(
    "rejected_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("rejected_ms", BigInteger, nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("event_id", Text),
    Column("kind", Text),
    Column("entity_id", Text),
    Column("reason", Text, nullable=False),
    Column("payload", Text),
    Index("ix_rejected_events_project_id", "project_id", "id"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("metadata", Text),
    Column("input_schema", Text),
    Column("expected_output_schema", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Index("ux_datasets_project_id_name", "project_id", "name", unique=True),
)

_NOW = ("valid_to_ms", "is_deleted")

# Every write adds a version; `valid_to_ms` is null for the newest, which may be a tombstone.
dataset_items = Table(
    "dataset_items",
    metadata,
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("valid_from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("valid_to_ms", BigInteger),
    Column("dataset_id", Text, ForeignKey(datasets.c.id, ondelete="CASCADE"), nullable=False),
    Column("status", Text, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("input", Text),
    Column("expected_output", Text),
    Column("metadata", Text),
    Column("source_trace_id", Text),
    Column("source_observation_id", Text),
    Column("size_bytes", BigInteger, nullable=False),
    # Counting what there is now, with each new item, reads the index alone.
    Index("ix_dataset_items_dataset_id", "dataset_id", *_NOW, "status", "valid_from_ms"),
    Index("ix_dataset_items_project_id", "project_id", *_NOW, "status", "valid_from_ms"),
)

# A deleted run leaves its row, so that spans from before do not bring it back.
dataset_runs = Table(
    "dataset_runs",
    metadata,
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("dataset_id", Text, ForeignKey(datasets.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("metadata", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("deleted_ms", BigInteger),
    Index("ux_dataset_runs_dataset_id_name", "dataset_id", "name", unique=True),
)

# One per run and item, the newest; no reference to the item, which an experiment's span may invent.
dataset_run_items = Table(
    "dataset_run_items",
    metadata,
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("item_version_ms", BigInteger),
    Column("trace_id", Text, nullable=False),
    Column("observation_id", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Index("ix_dataset_run_items_created_ms", "project_id", "run_id", "created_ms"),
)

media = Table(
    "media",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("media_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content_bytes", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("uploaded_ms", BigInteger),
    Column("upload_http_status", Integer),
    Column("upload_http_error", Text),
)

media_links = Table(
    "media_links",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("media_id", Text, primary_key=True),
    Column("trace_id", Text, primary_key=True),
    Column("observation_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
    Index("ix_media_links_trace", "project_id", "trace_id"),
)

models = Table(
    "models",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE")),
    Column("model_name", Text, nullable=False),
    Column("match_pattern", Text, nullable=False),
    Column("start_ms", BigInteger),
    Column("unit", Text),
    Column("tokenizer_id", Text),
    Column("tokenizer_config", Text),
    Column("tiers", Text, nullable=False),
    Column("source", Text),
    Column("priced_on", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    # Of the models of all projects, whose project is null, several may have one name.
    UniqueConstraint("project_id", "model_name", name="models_name"),
    Index("ix_models_model_name", "model_name"),
)

# What all versions of a name share; the versions, labels and tags hang on it.
prompts = Table(
    "prompts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey(projects.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    UniqueConstraint("project_id", "name", name="prompts_project_id_name"),
)

# The long columns last: SQLite reads a row from its beginning.
prompt_versions = Table(
    "prompt_versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("prompt_id", Text, ForeignKey(prompts.c.id, ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("is_active", Boolean),
    Column("commit_message", Text),
    Column("config", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("prompt_id", "version", name="prompt_versions_prompt_id_version"),
    # Lists and the copy for flushes read these alone, and pass by the bodies.
    Index("ix_prompt_versions_listed", "prompt_id", "version", "updated_ms"),
    Index("ix_prompt_versions_newest", "created_ms", "id", "prompt_id", "version"),
)

prompt_labels = Table(
    "prompt_labels",
    metadata,
    Column("prompt_id", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    ForeignKeyConstraint(
        ["prompt_id", "version"],
        [prompt_versions.c.prompt_id, prompt_versions.c.version],
        ondelete="CASCADE",
    ),
    Index("ix_prompt_labels_prompt_id_version", "prompt_id", "version"),
)

prompt_tags = Table(
    "prompt_tags",
    metadata,
    Column("prompt_id", Text, ForeignKey(prompts.c.id, ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("position", Integer, nullable=False),
)

# Which version's text has another prompt's text in it, by that one's version or label.
prompt_dependencies = Table(
    "prompt_dependencies",
    metadata,
    Column(
        "parent_id",
        Text,
        ForeignKey(prompt_versions.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("child_name", Text, nullable=False),
    Column("child_version", Integer),
    Column("child_label", Text),
    Index("ix_prompt_dependencies_child", "project_id", "child_name"),
)
