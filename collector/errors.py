"""The exception tree. One handler in `api/` turns each into its status and body.

UnderstudyError
├── InvalidRequest       400  InvalidRequestError
├── ValidationFailed     400  a list of issues, one per wrong field
├── Unauthorized         401  no key, or a wrong one
├── Forbidden            403  a good key without the right
├── NotFound             404  LangfuseNotFoundError
├── MethodNotAllowed     405  MethodNotAllowedError
├── Conflict             409  LangfuseConflictError
├── TooLarge             413  past a named limit
├── Unprocessable        422  understood, and too much work
├── Unavailable          503  passing: come back after `retry_after_seconds`
└── SettingsError        the service refuses to start
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class UnderstudyError(Exception):
    """Anything the service refuses; `status` and `name` are what the client is told."""

    status: ClassVar[int] = 500
    name: ClassVar[str] = "InternalServerError"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(UnderstudyError):
    """The request contradicts itself or the rules."""

    status = 400
    name = "InvalidRequestError"


class ValidationFailed(UnderstudyError):
    """Fields of the wrong form; `issues` is the array the clients see."""

    status = 400
    name = "ValidationError"

    def __init__(
        self, issues: Sequence[dict[str, Any]], message: str = "Invalid request data"
    ) -> None:
        super().__init__(message)
        self.issues = list(issues)


class Unauthorized(UnderstudyError):
    """No key, or one we do not know."""

    status = 401
    name = "UnauthorizedError"


class Forbidden(UnderstudyError):
    """A good key that may not do this."""

    status = 403
    name = "ForbiddenError"


class NotFound(UnderstudyError):
    """The object does not exist in the key's project."""

    status = 404
    name = "LangfuseNotFoundError"


class MethodNotAllowed(UnderstudyError):
    """The path exists, with other methods."""

    status = 405
    name = "MethodNotAllowedError"

    def __init__(self, message: str = "Method not allowed") -> None:
        super().__init__(message)


class Conflict(UnderstudyError):
    """The object exists already, or has changed meanwhile."""

    status = 409
    name = "LangfuseConflictError"


class TooLarge(UnderstudyError):
    """Past a limit of `settings.py`; the message names it."""

    status = 413
    name = "PayloadTooLargeError"


class Unprocessable(UnderstudyError):
    """Understood, and too much work: the message says how to ask for less."""

    status = 422
    name = "UnprocessableContentError"


class Unavailable(UnderstudyError):
    """A passing fault: the same request may succeed after `retry_after_seconds`."""

    status = 503
    name = "ServiceUnavailableError"

    def __init__(self, message: str = "Service Unavailable", retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class SettingsError(UnderstudyError):
    """A setting that cannot be meant; the message names it and says what to do."""
