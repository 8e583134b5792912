"""What is told once, after a first start that was given no keys and no user."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collector.registry.provisioning import FirstRun


def announcement(first: "FirstRun", url: str | None = None) -> str:
    """A few lines for a person; they are shown this once only."""
    lines = [
        "",
        "First start: an organisation, a project, its keys and a user were made.",
        "Keep these, they are not shown again:",
        "",
        f"  LANGFUSE_PUBLIC_KEY={first.public_key}",
        f"  LANGFUSE_SECRET_KEY={first.secret_key}",
        *([f"  LANGFUSE_BASE_URL={url}"] if url else []),
        "",
        f"  login     {first.email}",
        f"  password  {first.password}",
        "",
    ]
    return "\n".join(lines) + "\n"
