"""OpenLLMetry's instrumentation of the client for OpenAI, below a span of the application."""
# mypy: disable-error-code="import-not-found"

import exporting
import openai_calls
from chat import CHAT, SESSION
from opentelemetry.instrumentation.openai import OpenAIInstrumentor


def main() -> None:
    provider = exporting.start()
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    whose = {"session.id": SESSION, "user.id": CHAT["user"], "langfuse.trace.tags": CHAT["tags"]}
    tracer = provider.get_tracer("kitchen")
    with tracer.start_as_current_span("supper", attributes=whose):
        openai_calls.make()
    provider.shutdown()


if __name__ == "__main__":
    main()
