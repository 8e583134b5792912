"""How one setting is declared, and how its text is read from the environment.

Standard library only: the small commands read settings without the cost of the service's libraries.
"""

import dataclasses
import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from collector.errors import SettingsError

PREFIX = "UNDERSTUDY_"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMG]?i?B?)", re.IGNORECASE)
_SIZE_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
# Kubernetes adds these for every Service of the namespace, one named "understudy" included.
_SERVICE_LINK = re.compile(
    r".*_(SERVICE_HOST=.*|SERVICE_PORT(_\w+)?=.*|PORT_[0-9]+_(TCP|UDP|SCTP)\w*=.*|PORT=\w+://.*)"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
    """What stands in a field's metadata: the variable's name, its meaning, how its text is read."""

    variable: str
    meaning: str
    read: Callable[[str], Any]
    secret: bool = False


def declare(
    default: Any,
    meaning: str,
    read: Callable[[str], Any],
    *,
    variable: str = "",
    secret: bool = False,
) -> Any:
    """A dataclass field; without `variable` the name is the field's own behind the prefix."""
    declaration = Declaration(variable, meaning, read, secret)
    return dataclasses.field(
        default=default, repr=not secret, metadata={"declaration": declaration}
    )


def declarations(settings: type) -> dict[str, Declaration]:
    """Field name to declaration, with the variable's name filled in."""
    found = {}
    for field in dataclasses.fields(settings):
        declaration: Declaration = field.metadata["declaration"]
        variable = declaration.variable or PREFIX + field.name.upper()
        found[field.name] = dataclasses.replace(declaration, variable=variable)
    return found


def read_environment(settings: type, environ: Mapping[str, str]) -> dict[str, Any]:
    """The values that are set, by field name; an empty text counts as not set."""
    declared = declarations(settings)
    _refuse_unknown(environ, declared.values())
    values = {}
    for name, declaration in declared.items():
        text = _text_of(declaration, environ)
        if text:
            values[name] = read_value(declaration, text)
    return values


def read_value(declaration: Declaration, text: str) -> Any:
    """The text as the setting's type; a refusal names the variable, never a secret's value."""
    try:
        return declaration.read(text)
    except ValueError as error:
        shown = "its value" if declaration.secret else repr(text)
        message = f"{declaration.variable}: {shown} is not {error}; correct it or unset it"
        raise SettingsError(message) from None


def _text_of(declaration: Declaration, environ: Mapping[str, str]) -> str:
    text = environ.get(declaration.variable, "")
    file_variable = declaration.variable + "_FILE"
    path = environ.get(file_variable, "") if declaration.secret else ""
    if text and path:
        message = f"{declaration.variable} and {file_variable} are both set; unset one of them"
        raise SettingsError(message)
    return _text_of_file(file_variable, path) if path else text.strip()


def _text_of_file(variable: str, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        message = f"{variable}: cannot read {path} ({reason}); mount the file or unset it"
        raise SettingsError(message) from None
    if not text:
        message = f"{variable}: {path} is empty; write the secret into it or unset it"
        raise SettingsError(message)
    return text


def _refuse_unknown(environ: Mapping[str, str], declared: Any) -> None:
    known = {item.variable for item in declared}
    known |= {item.variable + "_FILE" for item in declared if item.secret}
    for variable in sorted(environ):
        ours = variable.startswith(PREFIX) and variable not in known
        if ours and not _SERVICE_LINK.fullmatch(f"{variable}={environ[variable]}"):
            message = f"{variable} is not a setting; the table of settings is in README.md"
            raise SettingsError(message)


def as_text(text: str) -> str:
    """Any text."""
    return text


def as_path(text: str) -> Path:
    """A path, `~` included."""
    return Path(text).expanduser()


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these words, in any case."""

    def read(text: str) -> str:
        if text.upper() not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text.upper()

    return read


def matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """A text of one form, `wanted` in words."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(wanted)
        return text

    return read


def whole(minimum: int, maximum: int = 2**53) -> Callable[[str], int]:
    """A whole number between two bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,16}", text) or not minimum <= int(text) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(text)

    return read


def number(minimum: float) -> Callable[[str], float]:
    """A decimal number from a lower bound on."""

    def read(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or float(text) < minimum:
            raise ValueError(f"a number from {minimum:g} on")
        return float(text)

    return read


def size(minimum: int) -> Callable[[str], int]:
    """Bytes: a plain number, or one with KiB, MiB or GiB (KB, MB and GB mean the same)."""

    def read(text: str) -> int:
        found = _SIZE.fullmatch(text)
        if not found:
            raise ValueError("a size such as 1048576, 4.5MiB or 2GiB")
        unit = found[2].lower().removesuffix("b").removesuffix("i")
        value = int(float(found[1]) * _SIZE_UNITS[unit])
        if value < minimum:
            raise ValueError(f"a size from {minimum} bytes on")
        return value

    return read


def flag(text: str) -> bool:
    """Exactly true or false."""
    if text.lower() not in {"true", "false"}:
        raise ValueError("true or false")
    return text.lower() == "true"


def switch(text: str) -> bool:
    """on or off, true or false."""
    if text.lower() not in {"on", "off", "true", "false"}:
        raise ValueError("on or off")
    return text.lower() in {"on", "true"}


def networks(text: str) -> tuple[Network, ...]:
    """Addresses or CIDR ranges, separated by commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tuple(ipaddress.ip_network(part) for part in parts)
    except ValueError:
        raise ValueError("a list of addresses or ranges such as 10.0.0.0/8,::1") from None
