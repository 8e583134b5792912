"""`Authorization` headers."""

from base64 import b64encode

from collector.registry.keys import KeyPair


def basic(pair: KeyPair) -> str:
    return encoded(f"{pair.public_key}:{pair.secret_key}")


def encoded(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()
