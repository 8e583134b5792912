// What the SDKs 4 and 5 have in common: both write OpenTelemetry spans and differ in the trace.
import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { startActiveObservation, startObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { connection, scenario } from "./scenario.mjs";

export const client = new LangfuseClient(connection);
const processor = new LangfuseSpanProcessor(connection);
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();

export async function writeChildren() {
  const { nested: told, event: note } = scenario;
  const { lookUp, generation } = await startActiveObservation(told.name, async (span) => {
    span.update({ input: told.input, metadata: told.metadata });
    const written = writeGeneration();
    span.update({ output: told.output });
    return { lookUp: span.id, generation: written };
  });
  const event = startObservation(
    note.name,
    {
      input: note.input,
      metadata: note.metadata,
      level: note.level,
      statusMessage: note.message,
    },
    { asType: "event" },
  );
  return { nested: lookUp, generation, event: event.id, failure: await writeFailure() };
}

function writeGeneration() {
  const told = scenario.generation;
  const generation = startObservation(
    told.name,
    {
      model: told.model,
      modelParameters: told.parameters,
      input: told.input,
      metadata: told.metadata,
    },
    { asType: "generation" },
  );
  generation.update({ output: told.output, usageDetails: told.usage, costDetails: told.cost });
  client.score.observation(generation, { ...scenario.generation_score, dataType: "CATEGORICAL" });
  generation.end();
  return generation.id;
}

async function writeFailure() {
  const told = scenario.failure;
  let id;
  await startActiveObservation(
    told.name,
    async (tool) => {
      id = tool.id;
      tool.update({ input: told.input });
      throw new Error(told.message);
    },
    { asType: "tool" },
  ).catch(() => {});
  return id;
}

export async function flush() {
  await processor.forceFlush();
  await client.flush();
}

export async function close() {
  await client.shutdown();
  await provider.shutdown();
}
