// JS SDK 5: the trace's attributes are propagated to every span; reads through `api`.
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import { client, close, flush, writeChildren } from "./otel.mjs";
import { report, scenario } from "./scenario.mjs";

const { trace: about, root: told } = scenario;
const attributes = {
  traceName: about.name,
  userId: about.user,
  sessionId: about.session,
  tags: about.tags,
  version: about.version,
  metadata: about.metadata,
};

const written = await propagateAttributes(attributes, () =>
  startActiveObservation(told.name, async (root) => {
    root.update({ input: told.input, metadata: told.metadata });
    const children = await writeChildren();
    root.update({ output: told.output });
    client.score.trace(root, scenario.trace_score);
    return { trace_id: root.traceId, ids: { root: root.id, ...children } };
  }),
);
await flush();

const { trace_id: traceId, ids } = written;
const v1 = client.api.legacy.observationsV1;
report({
  ...written,
  read: {
    trace: await client.api.trace.get(traceId),
    traces: (await client.api.trace.list({ limit: 50 })).data,
    observations: (await v1.getMany({ traceId })).data,
    generation: await v1.get(ids.generation),
    scores: (await client.api.scores.getMany({ traceId })).data,
  },
});
await close();
