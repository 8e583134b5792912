"""New ids and the present time, as the registry writes them."""

import time
import uuid


def new_id() -> str:
    """A random id that needs no escaping in a URL."""
    return uuid.uuid4().hex


def now_ms() -> int:
    """Unix milliseconds."""
    return int(time.time() * 1000)
