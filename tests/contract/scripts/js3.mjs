// JS SDK 3: writes through stateful clients, reads through fetch*.
import { setTimeout as pause } from "node:timers/promises";
import { Langfuse } from "langfuse";
import { connection, report, scenario } from "./scenario.mjs";

const langfuse = new Langfuse(connection);
const { trace: about, root: told, nested, generation: answer, event: note, failure } = scenario;

const trace = langfuse.trace({
  name: about.name,
  userId: about.user,
  sessionId: about.session,
  tags: about.tags,
  version: about.version,
  metadata: about.metadata,
  input: told.input,
});
const root = trace.span({ name: told.name, input: told.input, metadata: told.metadata });
const lookUp = root.span({ name: nested.name, input: nested.input, metadata: nested.metadata });
const generation = lookUp.generation({
  name: answer.name,
  model: answer.model,
  modelParameters: answer.parameters,
  input: answer.input,
  metadata: answer.metadata,
});
// This SDK stamps an update before its create when both happen within a millisecond.
await pause(20);
generation.end({ output: answer.output, usage: answer.usage, costDetails: answer.cost });
generation.score({ ...scenario.generation_score, dataType: "CATEGORICAL" });
lookUp.end({ output: nested.output });
const event = root.event({
  name: note.name,
  input: note.input,
  metadata: note.metadata,
  level: note.level,
  statusMessage: note.message,
});
const tool = root.span({ name: failure.name, input: failure.input });
await pause(20);
tool.end({ level: "ERROR", statusMessage: failure.message });
root.end({ output: told.output });
trace.update({ output: told.output });
trace.score(scenario.trace_score);
await langfuse.flushAsync();

report({
  trace_id: trace.id,
  ids: {
    root: root.id,
    nested: lookUp.id,
    generation: generation.id,
    event: event.id,
    failure: tool.id,
  },
  read: {
    trace: (await langfuse.fetchTrace(trace.id)).data,
    traces: (await langfuse.fetchTraces({ limit: 50 })).data,
    observations: (await langfuse.fetchObservations({ traceId: trace.id })).data,
    generation: (await langfuse.fetchObservation(generation.id)).data,
  },
});
await langfuse.shutdownAsync();
