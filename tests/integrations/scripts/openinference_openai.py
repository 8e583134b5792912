"""OpenInference's instrumentation of the client for OpenAI."""
# mypy: disable-error-code="import-not-found"

import exporting
import openai_calls
from chat import CHAT, SESSION
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor


def main() -> None:
    provider = exporting.start()
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    with using_attributes(session_id=SESSION, user_id=CHAT["user"], tags=CHAT["tags"]):
        openai_calls.make()
    provider.shutdown()


if __name__ == "__main__":
    main()
