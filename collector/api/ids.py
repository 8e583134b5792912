"""Ids in paths: anything that ingestion accepts, encoded slashes and line breaks included."""

from starlette.convertors import Convertor, register_url_convertor


class _IdConvertor(Convertor[str]):
    regex = r"(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", _IdConvertor())


def path_id(name: str) -> str:
    """The rest of the path, as the parameter `name`."""
    return f"{{{name}:id}}"
