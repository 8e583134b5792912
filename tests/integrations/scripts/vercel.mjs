// Vercel's AI SDK with its own telemetry, exported by the span processor of the Langfuse SDK.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { readFileSync } from "node:fs";

const chat = JSON.parse(readFileSync(new URL("./chat.json", import.meta.url)));
const processor = new LangfuseSpanProcessor();
const sdk = new NodeSDK({ spanProcessors: [processor] });
sdk.start();

const provider = createOpenAICompatible({
  name: "house",
  baseURL: process.env.MODEL_URL,
  apiKey: "none",
  includeUsage: true,
});
const telemetry = (functionId) => ({
  isEnabled: true,
  functionId,
  metadata: { userId: chat.user, sessionId: process.env.SESSION, tags: chat.tags, course: "main" },
});
const asked = (functionId) => ({
  model: provider(chat.model),
  temperature: 0.5,
  maxRetries: 0,
  experimental_telemetry: telemetry(functionId),
});

await generateText({
  ...asked("supper"),
  system: chat.system,
  prompt: chat.question,
  stopWhen: stepCountIs(2),
  tools: {
    get_weather: tool({
      description: chat.tool.function.description,
      inputSchema: jsonSchema(chat.tool.function.parameters),
      execute: async () => chat.weather,
    }),
  },
});
const streamed = streamText({ ...asked("supper-streamed"), prompt: chat.streamed });
for await (const _ of streamed.textStream) {
  // only to its end
}
await generateText({ ...asked("supper-refused"), prompt: chat.refused }).catch((error) => {
  if (error.statusCode !== 400) throw error;
});
await embed({
  model: provider.textEmbeddingModel(chat.embedding_model),
  value: chat.embedded,
  maxRetries: 0,
  experimental_telemetry: telemetry("supper-embedded"),
});
await processor.forceFlush();
await sdk.shutdown();
