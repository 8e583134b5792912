"""The kinds of traces: a plain chat, one with retrieval and tools, a blocked one, a long one."""

from collections.abc import Callable
from typing import Any, Final

from collector.records.change import Change
from collector.seeding.person import TURNS_MAX, conversation
from collector.seeding.recording import EMBEDDER, Recording, amounts
from collector.seeding.topics import ATTACKS, FAILURES, SYSTEM_PROMPT

# Every so many traces one is long; so a small seed has one, too.
_LONG_EVERY: Final = 100
_LONG_ROUNDS: Final = 50
_REFUSAL: Final = "I can't help with that."


def trace_changes(seed: str, number: int, now_ms: int, days: float) -> list[Change]:
    """Everything about made-up trace `number`, within so many days before `now_ms`."""
    place, turn = divmod(number, TURNS_MAX)
    talk = conversation(seed, place, now_ms, days)
    recording = Recording(seed, number, talk, turn)
    _kind(number, recording)(recording)
    return recording.changes


def _kind(number: int, recording: Recording) -> Callable[[Recording], None]:
    if number % _LONG_EVERY == _LONG_EVERY // 2:
        return research
    chance = recording.rng.random()
    if chance < 0.03:
        return announced_block
    if chance < 0.08:
        return blocked_chat
    return plain_chat if chance < 0.35 else answered_chat


def plain_chat(recording: Recording) -> None:
    """One model call, as the oldest SDKs are used."""
    question, answer = _exchange(recording)
    recording.generation("llm-response", None, _messages(question), answer)
    recording.trace("chat-completion", metadata={"model": "default", "turn": recording.turn})
    _judge(recording)


def answered_chat(recording: Recording) -> None:
    """Guardrails, retrieval, perhaps a tool, an answer."""
    question, answer = _exchange(recording)
    root = recording.begin("AGENT", "support-agent", None, input=question)
    guard(recording, root, question)
    documents = retrieve(recording, root, question)
    messages = _messages(question, "\n\n".join(item["content"] for item in documents))
    failed = False
    if recording.rng.random() < 0.5:
        recording.generation("plan", root, messages, "I look this up for the customer.")
        failed = use_tool(recording, root)
    text = "I'm sorry, something went wrong. A colleague will write to you." if failed else answer
    recording.generation("answer", root, messages, text)
    guard(recording, root, text, stage="output")
    recording.finish(root, text)
    metadata = {
        "channel": recording.rng.choice(("web", "app")),
        "turn": recording.turn,
        "retries": 0,
    }
    recording.trace("support-chat", input=question, output=text, metadata=metadata, version="3.2.0")
    _judge(recording)


def blocked_chat(recording: Recording) -> None:
    """A guardrail refuses the question; nothing is answered."""
    attack = recording.rng.choice(ATTACKS)
    root = recording.begin("AGENT", "support-agent", None, input=attack[0])
    guard(recording, root, attack[0], finding=attack)
    recording.finish(root, _REFUSAL)
    recording.trace("support-chat", input=attack[0], output=_REFUSAL)
    recording.score("safe", 0, "BOOLEAN", comment=attack[1])


def announced_block(recording: Recording) -> None:
    """The event that a gateway's guardrail sends instead of a chat, in a trace of its own."""
    _, reason, scanner, _ = recording.rng.choice(ATTACKS)
    said = {"reason": reason, "scanner": "llm-guard", "detector": scanner}
    recording.step("EVENT", "guardrail-blocked", None, metadata=said)
    recording.trace("guardrail-blocked", metadata=said)


def research(recording: Recording) -> None:
    """A long run of nested agents, about 300 observations."""
    question, answer = _exchange(recording)
    root = recording.begin("AGENT", "research-agent", None, input=question)
    parent = root
    for number in range(_LONG_ROUNDS):
        # A new level now and then, and back to the top: a deep tree, and a wide one.
        parent = root if number % 9 == 0 else parent
        chain = recording.begin("CHAIN", f"round {number + 1}", parent)
        documents = retrieve(recording, chain, question)
        note = documents[0]["content"]
        recording.generation("summarise", chain, _messages(question, note), note)
        use_tool(recording, chain)
        check = {"input": note, "output": {"relevance": recording.rng.randint(1, 5)}}
        recording.step("EVALUATOR", "relevance", chain, **check)
        recording.finish(chain, note)
        parent = chain
    recording.finish(root, answer)
    recording.trace("research", input=question, output=answer, tags=["long", *recording.talk.tags])
    recording.score("depth", 9, "NUMERIC")


# -- steps ---------------------------------------------------------------------------------------


def guard(
    recording: Recording,
    parent_id: str,
    text: str,
    *,
    stage: str = "input",
    finding: tuple[str, str, str, str] | None = None,
) -> None:
    """A check of a text by a guardrail; it passes unless something is found."""
    rng = recording.rng
    scanner = finding[2] if finding else "PromptInjection"
    risk = round(rng.uniform(0.7, 1) if finding else rng.uniform(-1, -0.2), 3)
    output: dict[str, Any] = {"action": "allow", "safe": True, "risk_score": risk}
    said: dict[str, Any] = {}
    if finding:
        output = {"action": "block", "safe": False, "risk_score": risk, "category": finding[3]}
        said = {"level": "WARNING", "status_message": finding[1]}
    metadata = {"scanner": scanner, "stage": stage, "provider": "llm-guard"}
    name = f"{stage} guardrail"
    recording.step(
        "GUARDRAIL", name, parent_id, input=text, output=output, metadata=metadata, **said
    )


def retrieve(recording: Recording, parent_id: str, question: str) -> list[dict[str, Any]]:
    """An embedding and a search; the documents found."""
    search = recording.begin("RETRIEVER", "search documents", parent_id, input={"q": question})
    vector = [round(recording.rng.uniform(-1, 1), 4) for _ in range(8)]
    recording.step(
        "EMBEDDING",
        "embed question",
        search,
        model=EMBEDDER.name,
        input=question,
        output={"dimensions": 1536, "first": vector},
        **amounts(EMBEDDER, len(question) // 4, 0),
    )
    topic = recording.talk.topic
    documents = [
        {"id": f"{topic.name}-{place}", "score": 0.91 - place / 10, "content": text}
        for place, text in enumerate(topic.documents)
    ]
    recording.now_ms += recording.rng.randint(10, 80)
    recording.finish(search, documents)
    return documents


def use_tool(recording: Recording, parent_id: str) -> bool:
    """A tool call; whether it failed."""
    name = recording.talk.topic.tool
    order = f"2026-{recording.rng.randint(100_000, 999_999)}"
    given = {
        "order": order,
        "customer": recording.talk.user_id,
        "options": {"turn": recording.turn},
    }
    if recording.rng.random() < 0.08:
        failure = recording.rng.choice(FAILURES)
        recording.step("TOOL", name, parent_id, input=given, level="ERROR", status_message=failure)
        return True
    result = {"order": order, "status": "ok", "items": [{"sku": "NL-7731", "price": 89.9}]}
    recording.step("TOOL", name, parent_id, input=given, output=result)
    return False


def _exchange(recording: Recording) -> tuple[str, str]:
    topic = recording.talk.topic
    place = recording.rng.randrange(len(topic.questions))
    return topic.questions[place], topic.answers[place]


def _messages(question: str, context: str = "") -> list[dict[str, str]]:
    system = f"{SYSTEM_PROMPT}\n\n{context}" if context else SYSTEM_PROMPT
    return [{"role": "system", "content": system}, {"role": "user", "content": question}]


def _judge(recording: Recording) -> None:
    rng = recording.rng
    if rng.random() < 0.4:
        recording.score("helpfulness", round(rng.uniform(0.3, 1), 2), "NUMERIC", source="EVAL")
    if rng.random() < 0.2:
        liked = int(rng.random() < 0.8)
        recording.score("thumbs-up", liked, "BOOLEAN", comment=None if liked else "too long 😕")
    if rng.random() < 0.2:
        recording.score("tone", rng.choice(("friendly", "neutral", "curt")), "CATEGORICAL")
