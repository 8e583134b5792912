"""Bodies about prompts: a text or a chat, whichever of both forms the body fits."""

import re
from functools import partial
from typing import Any, Final

import orjson

from collector import metrics
from collector.errors import InvalidRequest, ValidationFailed
from collector.ingest import values
from collector.ingest.issues import (
    ISSUES_MAX,
    Issue,
    Path,
    broken_rule,
    no_variant,
    stop_further_checks,
    too_short,
    wrong_pattern,
    wrong_type,
)
from collector.ingest.values import Field, Null, Schema, read_fields
from collector.registry.prompt_rules import (
    LABEL_CHARACTERS_MAX,
    LATEST,
    NAME_CHARACTERS_MAX,
    PRODUCTION,
    NewPrompt,
)

_COMMIT_MESSAGE_CHARACTERS_MAX: Final = 500
_OWN_LABEL_CHARACTERS_MAX: Final = 36
_MANAGED: Final = "Label 'latest' is always assigned to the latest prompt version"
_RESERVED: Final = frozenset({"new", "metrics", "prompt-detail"})
# What each finds is wrong: the pattern as the clients' libraries write it, and the sentence.
_NAME_RULES: Final = (
    (re.compile(r"<[^>]*>"), "/^(?!.*<[^>]*>).*$/", "Text cannot contain HTML tags"),
    (re.compile(r"^/"), "/^[^/]/", "Name cannot start with a slash"),
    (re.compile(r"/\Z"), "/[^/]$/", "Name cannot end with a slash"),
    (re.compile("//"), "/^(?!.*//).*$/", "Name cannot contain two slashes in a row"),
    (re.compile(r"\|"), "/^[^|]*$/", "Prompt name cannot contain '|' character"),
)
_LABEL: Final = re.compile(r"[a-z0-9_.-]+", re.ASCII)
_LABEL_RULE: Final = "Label must be lowercase alphanumeric with optional underscores, "
_PLACEHOLDER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


def read_new(body: Any, config_bytes_max: int, *, with_active: bool = False) -> NewPrompt:
    """Raises ValidationFailed, or InvalidRequest for too large a config."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    text_issues: list[Issue] = []
    fields = read_fields(body, _TEXT, (), text_issues)
    chat_issues: list[Issue] = []
    if text_issues:
        fields = read_fields(body, _CHAT, (), chat_issues)
    if text_issues and chat_issues:
        raise ValidationFailed(_issues_of(text_issues, chat_issues))
    config = body.get("config")
    if len(orjson.dumps(config)) > config_bytes_max:
        metrics.LIMIT_HITS.labels("prompt_config_bytes_max").inc()
        raise InvalidRequest(f"the config of a prompt has at most {config_bytes_max} bytes")
    labels = fields.get("labels", [])
    # Not every body that is well-formed has the key, and version 2 does not know it.
    is_active = fields.get("is_active") if with_active else None
    return NewPrompt(
        name=fields["name"],
        type="chat" if text_issues else "text",
        body=fields["body"],
        config={} if config is None else config,
        labels=[*labels, PRODUCTION] if is_active else labels,
        tags=fields.get("tags"),
        commit_message=None if with_active else fields.get("commit_message"),
        is_active=is_active,
    )


def read_new_labels(body: Any) -> list[str]:
    """Of a version that exists. Raises ValidationFailed."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    issues: list[Issue] = []
    schema = (Field("newLabels", "labels", _any_labels, Null.REFUSED, required=True),)
    labels: list[str] = read_fields(body, schema, (), issues).get("labels", [])
    if not issues and LATEST in labels:
        issues.append(broken_rule(_MANAGED, ("newLabels",)))
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    return labels


def _issues_of(text: list[Issue], chat: list[Issue]) -> list[Issue]:
    """Of the only form whose types fit, or of both."""
    fitting = [issues for issues in (text, chat) if not stop_further_checks(issues)]
    if len(fitting) == 1:
        return fitting[0][:ISSUES_MAX]
    return [no_variant((text[:ISSUES_MAX], chat[:ISSUES_MAX]), ())]


_bounded_name = values.text_of(0, NAME_CHARACTERS_MAX)


def _name(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_name(value, at, issues)
    if known is None:
        return None
    name = known.strip()
    if not name:
        issues.append(too_short(1, at))
        return None
    issues += [
        wrong_pattern(pattern, message, at)
        for wrong, pattern, message in _NAME_RULES
        if wrong.search(name)
    ]
    if name in _RESERVED:
        issues.append(broken_rule(f"Name cannot be '{name}'", at))
    _refuse_nul(name, at, issues)
    return name


def _refuse_nul(text: str, at: Path, issues: list[Issue]) -> None:
    """PostgreSQL has no such text; in JSON, where contents lie, it is escaped."""
    if "\0" in text:
        issues.append(broken_rule("This text must not contain a NUL character", at))


def _literal(word: str, value: Any, at: Path, issues: list[Issue]) -> str | None:
    if value == word:
        return word
    issue = {"code": "invalid_value", "values": [word], "path": list(at)}
    issues.append({**issue, "message": f'Invalid input: expected "{word}"'})
    return None


def _label(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_label(value, at, issues)
    if known is not None and not _LABEL.fullmatch(known):
        sentence = _LABEL_RULE + "hyphens, or periods"
        issues.append(wrong_pattern(r"/^[a-z0-9_\-.]+$/", sentence, at))
    return known


_bounded_label = values.text_of(1, _OWN_LABEL_CHARACTERS_MAX)
_bounded_text = values.text_of(0, LABEL_CHARACTERS_MAX)
_bounded_message = values.text_of(0, _COMMIT_MESSAGE_CHARACTERS_MAX)


def _stored_text(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_text(value, at, issues)
    _refuse_nul(known or "", at, issues)
    return known


def _commit_message(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_message(value, at, issues)
    _refuse_nul(known or "", at, issues)
    return known


def _list_of(read: values.Reader, value: Any, at: Path, issues: list[Issue]) -> list[Any] | None:
    if not isinstance(value, list):
        issues.append(wrong_type("array", value, at))
        return None
    found = []
    for index, item in enumerate(value):
        found.append(read(item, (*at, index), issues))
        if len(issues) >= ISSUES_MAX:
            break
    return found


_any_labels = partial(_list_of, _stored_text)

_SAID: Final[Schema] = (
    Field("role", "role", values.text, Null.REFUSED, required=True),
    Field("content", "content", values.text, Null.REFUSED, required=True),
)


def _message(value: Any, at: Path, issues: list[Issue]) -> dict[str, str] | None:
    """What somebody says, or the place of messages to come; further keys are dropped."""
    if not isinstance(value, dict):
        issues.append(no_variant([[wrong_type("object", value, ())]] * 2, at))
        return None
    said_issues: list[Issue] = []
    said = read_fields(value, _SAID, (), said_issues)
    if not said_issues and value.get("type") != "placeholder":
        return said
    place_issues: list[Issue] = []
    place = read_fields(value, _PLACE, (), place_issues)
    if not place_issues:
        return place
    if not said_issues:
        return said
    issues.append(no_variant((said_issues, place_issues), at))
    return None


def _placeholder_name(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known = values.text(value, at, issues)
    if known is not None and not _PLACEHOLDER.fullmatch(known):
        sentence = "Placeholder name must be a letter, then letters, digits or underscores"
        issues.append(wrong_pattern("/^[a-zA-Z][a-zA-Z0-9_]*$/", sentence, at))
    return known


_PLACE: Final[Schema] = (
    Field("type", "type", partial(_literal, "placeholder"), Null.REFUSED, required=True),
    Field("name", "name", _placeholder_name, Null.REFUSED, required=True),
)


def _schema(type_: str, body: values.Reader, *, type_required: bool) -> Schema:
    literal = partial(_literal, type_)
    return (
        Field("name", "name", _name, Null.REFUSED, required=True),
        Field("labels", "labels", partial(_list_of, _label), Null.SAYS_NOTHING),
        Field("type", "type", literal, Null.REFUSED, required=type_required),
        Field("prompt", "body", body, Null.REFUSED, required=True),
        Field("tags", "tags", partial(_list_of, _stored_text), Null.SAYS_NOTHING),
        Field("commitMessage", "commit_message", _commit_message, Null.SAYS_NOTHING),
        Field("isActive", "is_active", values.boolean, Null.SAYS_NOTHING),
    )


_TEXT: Final = _schema("text", values.text, type_required=False)
_CHAT: Final = _schema("chat", partial(_list_of, _message), type_required=True)
