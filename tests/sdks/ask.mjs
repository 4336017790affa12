// Asks the AWS SDK for JavaScript which credentials and which region it takes, in each of many environments.
import { readFileSync } from "node:fs";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from "@smithy/core/config";

// A source profile that fails where a role needs an MFA code is a promise that nobody waits for.
process.on("unhandledRejection", () => {});

// With --until N it goes on in its own environment until it has seen N sessions.
if (process.argv[2] === "--until") {
  const provider = defaultProvider();
  for (const seen = new Set(); seen.size < Number(process.argv[3]); ) {
    const { accessKeyId } = await provider();
    seen.add(accessKeyId);
    console.log(accessKeyId, Date.now());
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  process.exit();
}

const answers = [];
for (const situation of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, situation);
  const region = await loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)().catch(() => null);
  try {
    const credentials = await defaultProvider({ maxRetries: 0, logger: { warn() {}, debug() {} } })();
    answers.push({ id: credentials.accessKeyId, region });
  } catch (error) {
    answers.push({ error: `${error.name}: ${error.message}`, region });
  }
}
console.log(JSON.stringify({ "javascript-v3": answers }));
