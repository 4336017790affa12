// Asks the AWS SDK for JavaScript which credentials and which region it takes, in each of many environments.
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from "@smithy/core/config";
import { SignatureV4 } from "@smithy/signature-v4";

// A source profile that fails where a role needs an MFA code is a promise that nobody waits for.
process.on("unhandledRejection", () => {});

class Sha256 {
  constructor(key) {
    this.hash = key ? createHmac("sha256", key) : createHash("sha256");
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return this.hash.digest();
  }
}

// GetCallerIdentity, signed by the SDK: its client for STS would be another package.
async function whoAmI(credentials) {
  const { hostname, port, host, href } = new URL(process.env.AWS_ENDPOINT_URL);
  const signer = new SignatureV4({ credentials, region: process.env.AWS_REGION, service: "sts", sha256: Sha256 });
  const body = "Action=GetCallerIdentity&Version=2011-06-15";
  const headers = {
    host,
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": `app/${process.env.AWS_SDK_UA_APP_ID}`,
  };
  const request = { method: "POST", protocol: "http:", hostname, port: Number(port), path: "/", query: {}, headers, body };
  const signed = await signer.sign(request);
  const answer = await fetch(href, { method: "POST", headers: signed.headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

// With --until N it goes on in its own environment until it has seen N sessions, and calls STS with each.
if (process.argv[2] === "--until") {
  const provider = defaultProvider();
  for (const seen = new Set(); seen.size < Number(process.argv[3]); ) {
    const credentials = await provider();
    const { accessKeyId } = credentials;
    seen.add(accessKeyId);
    console.log(accessKeyId, Date.now());
    await whoAmI(credentials);
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
