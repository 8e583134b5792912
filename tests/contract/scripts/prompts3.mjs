// The JS SDK 3.
import { Langfuse } from "langfuse";
import { connection } from "./scenario.mjs";
import { tell } from "./prompts.mjs";

// This SDK logs what it drops from its cache where the report goes.
console.log = console.error;

const langfuse = new Langfuse(connection);
await tell({
  create: (body) => langfuse.createPrompt(body),
  get: (name, version, options) => langfuse.getPrompt(name, version, options),
  update: (body) => langfuse.updatePrompt(body),
  link: (prompt) => langfuse.trace({ name: "t" }).generation({ name: "linked", prompt }).id,
  flush: () => langfuse.flushAsync(),
});
await langfuse.shutdownAsync();
