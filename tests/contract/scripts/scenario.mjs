// What every script writes, and how it tells what it wrote and read: one JSON object.
import { readFileSync } from "node:fs";

export const scenario = JSON.parse(readFileSync(new URL("./scenario.json", import.meta.url)));

export const connection = {
  publicKey: process.env.LANGFUSE_PUBLIC_KEY,
  secretKey: process.env.LANGFUSE_SECRET_KEY,
  baseUrl: process.env.CONTRACT_BASE_URL,
  environment: scenario.environment,
  release: scenario.release,
};

export const report = (told) => process.stdout.write(JSON.stringify(told));
