// Prompts through any JS SDK: made, found by label and version, labelled, linked.
import { report } from "./scenario.mjs";

const text = "texts/greeting";
const chat = "chats/greeting 1";
const messages = [
  { role: "system", content: "You are {{who}}" },
  { role: "user", content: "{{question}}" },
];
const fresh = { cacheTtlSeconds: 0 };

const facts = ({ name, version, config, labels, tags, prompt }) => ({
  name,
  version,
  config,
  labels,
  tags,
  prompt,
});

export async function tell({ create, get, update, link, flush }) {
  await create({
    name: text,
    prompt: "Hello {{name}}",
    labels: ["production"],
    tags: ["de"],
    config: { temperature: 0.2 },
    commitMessage: "first",
  });
  await create({ name: text, prompt: "Hi {{name}}", labels: ["staging"], type: "text" });
  await create({ name: chat, prompt: messages, labels: ["production"], type: "chat" });
  const first = await get(text, undefined, fresh);
  const told = {
    production: facts(first),
    staging: facts(await get(text, undefined, { ...fresh, label: "staging" })),
    version: facts(await get(text, 1, fresh)),
    chat: facts(await get(chat, undefined, { ...fresh, type: "chat" })),
    said: first.compile({ name: "Ada" }),
  };
  await update({ name: text, version: 2, newLabels: ["production"] });
  told.moved = facts(await get(text, undefined, fresh));
  told.fallback = (await get("none", undefined, { ...fresh, fallback: "instead" })).prompt;
  told.linked = await link(first);
  await flush();
  report(told);
}
