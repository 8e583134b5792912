"""PostgreSQL addresses as operators have them, translated for SQLAlchemy and asyncpg."""

from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from collector.errors import SettingsError

_SCHEMES = {"postgres", "postgresql", "postgresql+asyncpg"}
_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
# Parameters of other clients that an address taken over from Langfuse may carry; no meaning here.
_IGNORED = {
    "schema",
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "sslaccept",
    "channel_binding",
    "gssencmode",
    "target_session_attrs",
}
_UNDERSTOOD = {"sslmode", "sslrootcert", "connect_timeout", "application_name", "pgbouncer"}
_KEPT = {"host", "port"}


def from_parts(host: str, port: int, name: str, username: str, password: str | None) -> str:
    """One address of the DATABASE_HOST family; each part may hold any character."""
    secret = f":{quote(password, safe='')}" if password else ""
    who = f"{quote(username, safe='')}{secret}@" if username else ""
    where = f"[{host}]" if ":" in host else host
    return f"postgresql://{who}{where}:{port}/{quote(name, safe='')}"


def check(url: str) -> None:
    """Raises SettingsError, never showing the address: it holds a password."""
    parts = _split(url)
    if parts.scheme not in _SCHEMES:
        _refuse("does not begin with postgresql:// or postgres://")
    if not parts.path.strip("/"):
        _refuse("names no database (…/name at its end, or DATABASE_NAME)")
    query = _query(parts)
    for name in query:
        if name not in _IGNORED | _UNDERSTOOD | _KEPT:
            _refuse(f"has the parameter {name}, which is not understood")
    if query.get("sslmode", "prefer") not in _SSL_MODES:
        _refuse("has a sslmode that PostgreSQL does not know")
    if not query.get("connect_timeout", "1").isdigit():
        _refuse("has a connect_timeout that is not a whole number")


def for_sqlalchemy(url: str) -> str:
    """The address with the async driver's name and without what `connect_args` carries."""
    parts = _split(url)
    kept = {name: value for name, value in _query(parts).items() if name in _KEPT}
    address = f"postgresql+asyncpg://{parts.netloc}{parts.path}"
    return f"{address}?{urlencode(kept)}" if kept else address


def connect_args(url: str) -> dict[str, Any]:
    """What asyncpg's connect takes beside the address."""
    query = _query(_split(url))
    arguments: dict[str, Any] = {}
    if "sslmode" in query:
        arguments["ssl"] = _tls(query["sslmode"], query.get("sslrootcert"))
    if "connect_timeout" in query:
        arguments["timeout"] = int(query["connect_timeout"]) or None
    if "application_name" in query:
        arguments["server_settings"] = {"application_name": query["application_name"]}
    if query.get("pgbouncer") == "true":
        arguments["statement_cache_size"] = 0
    return arguments


def _tls(mode: str, root_certificate: str | None) -> Any:
    """asyncpg knows the modes by name; a root certificate needs a context made here."""
    if not root_certificate or mode not in {"verify-ca", "verify-full"}:
        return mode
    import ssl  # few need it, and it loads OpenSSL

    try:
        context = ssl.create_default_context(cafile=root_certificate)
    except OSError:
        _refuse(f"has sslrootcert={root_certificate}, which is not a readable certificate")
    context.check_hostname = mode == "verify-full"
    return context


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        _refuse("is not an address")
    return parts


def _query(parts: SplitResult) -> dict[str, str]:
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _refuse(what: str) -> NoReturn:
    message = (
        f"DATABASE_URL {what}; write postgresql://user:password@host:5432/name?sslmode=require"
    )
    raise SettingsError(message)
