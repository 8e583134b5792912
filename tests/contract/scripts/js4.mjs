// JS SDK 4: sets the trace through `updateTrace`, reads through `api`.
import { startActiveObservation } from "@langfuse/tracing";
import { client, close, flush, writeChildren } from "./otel.mjs";
import { report, scenario } from "./scenario.mjs";

const { trace: about, root: told } = scenario;

const written = await startActiveObservation(told.name, async (root) => {
  root.update({ input: told.input, metadata: told.metadata });
  root.updateTrace({
    name: about.name,
    userId: about.user,
    sessionId: about.session,
    tags: about.tags,
    version: about.version,
    metadata: about.metadata,
    input: told.input,
    output: told.output,
  });
  const children = await writeChildren();
  root.update({ output: told.output });
  client.score.trace(root, scenario.trace_score);
  return { trace_id: root.traceId, ids: { root: root.id, ...children } };
});
await flush();

const { trace_id: traceId, ids } = written;
report({
  ...written,
  read: {
    trace: await client.api.trace.get(traceId),
    traces: (await client.api.trace.list({ limit: 50 })).data,
    observations: (await client.api.observations.getMany({ traceId })).data,
    generation: await client.api.observations.get(ids.generation),
    scores: (await client.api.scoreV2.get({ traceId })).data,
  },
});
await close();
