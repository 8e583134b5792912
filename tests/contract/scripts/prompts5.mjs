// The JS SDKs 4 and 5.
import { startObservation } from "@langfuse/tracing";
import { client, close, flush } from "./otel.mjs";
import { tell } from "./prompts.mjs";

function link({ name, version, isFallback }) {
  const prompt = { name, version, isFallback };
  const generation = startObservation("linked", { prompt }, { asType: "generation" });
  generation.end();
  return generation.id;
}

await tell({
  create: (body) => client.prompt.create(body),
  get: (name, version, options) => client.prompt.get(name, { version, ...options }),
  update: (body) => client.prompt.update(body),
  link,
  flush,
});
await close();
