"""Prompts through any Python SDK: made, found by label and version, labelled, linked."""

from typing import Any

from langfuse import Langfuse  # type: ignore[import-not-found]
from scenario import report  # type: ignore[import-not-found]

CHAT = [
    {"role": "system", "content": "You are {{who}}"},
    {"role": "user", "content": "{{question}}"},
]


def facts(prompt: Any) -> dict[str, Any]:
    names = ("name", "version", "config", "labels", "tags", "prompt")
    return {name: getattr(prompt, name) for name in names}


def link(langfuse: Any, prompt: Any) -> str:
    """A generation made from the prompt; each generation of the SDKs begins it differently."""
    if hasattr(langfuse, "generation"):
        return str(langfuse.generation(name="linked", prompt=prompt).id)
    if hasattr(langfuse, "start_generation"):
        generation = langfuse.start_generation(name="linked", prompt=prompt)
    else:
        generation = langfuse.start_observation(as_type="generation", name="linked", prompt=prompt)
    generation.end()
    return str(generation.id)


def main() -> None:
    langfuse = Langfuse()
    text, chat = "texts/greeting", "chats/greeting 1"
    langfuse.create_prompt(
        name=text,
        prompt="Hello {{name}}",
        labels=["production"],
        tags=["de"],
        config={"temperature": 0.2},
        commit_message="first",
    )
    langfuse.create_prompt(name=text, prompt="Hi {{name}}", labels=["staging"])
    langfuse.create_prompt(name=chat, prompt=CHAT, type="chat", labels=["production"])
    fresh = {"cache_ttl_seconds": 0}
    first = langfuse.get_prompt(text, **fresh)
    told = {
        "production": facts(first),
        "staging": facts(langfuse.get_prompt(text, label="staging", **fresh)),
        "version": facts(langfuse.get_prompt(text, version=1, **fresh)),
        "chat": facts(langfuse.get_prompt(chat, type="chat", **fresh)),
        "said": first.compile(name="Ada"),
    }
    langfuse.update_prompt(name=text, version=2, new_labels=["production"])
    told["moved"] = facts(langfuse.get_prompt(text, **fresh))
    told["fallback"] = langfuse.get_prompt("none", fallback="instead", **fresh).prompt
    told["linked"] = link(langfuse, first)
    langfuse.flush()
    report(**told)
    if hasattr(langfuse, "shutdown"):
        langfuse.shutdown()


if __name__ == "__main__":
    main()
