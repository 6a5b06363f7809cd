// The client whose conformance is tested: callgate with the suite's server as its only server. This script is the person who configures
// callgate, starts an application with it, and signs in to the server if callgate says so. The suite starts this script once for each
// scenario. Which revision the server speaks, callgate finds out by itself.
// usage: client.mjs CALLGATE legacy|modern URL     the era is the one between the application and callgate
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { environmentIn, patience } from './serve.mjs';

const [callgate, era, url] = process.argv.slice(2);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

/** Returns the entry's key `auth`, made from what the suite gives to a client besides the URL. */
function auth() {
  // Only this scenario compares the URL. No request goes to it.
  if (scenario === 'auth/basic-cimd') return { client_document: 'https://conformance-test.local/client-metadata.json' };
  const { client_id, client_secret, private_key_pem: private_key, issuer: client_issuer } = context;
  const client = { client_id, client_secret, private_key, client_issuer };
  if (scenario.startsWith('auth/client-credentials-')) return { way: 'client_credentials', ...client };
  if (scenario === 'auth/wif-jwt-bearer') return { way: 'workload', client_id, assertion: context.valid_jwt };
  if (scenario === 'auth/enterprise-managed-authorization') {
    const provider = { client_id: context.idp_client_id, token_endpoint: context.idp_token_endpoint, id_token: context.idp_id_token };
    return { way: 'enterprise', ...client, provider };
  }
  return client_id ? client : undefined;
}

/** Runs `callgate auth login`. Resolves to what it says if it fails, else to null. */
async function signIn(environment) {
  const child = spawn(callgate, ['auth', 'login', 'test'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += chunk; });
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  return code === 0 ? null : `callgate auth login ended with ${code}:\n${said}`;
}

/** Runs the application, and signs in as often as it asks for it. Resolves to its exit code. */
function runApplication(environment) {
  const words = [callgate, era, scenario, JSON.stringify(context)];
  const child = fork(path.join(import.meta.dirname, 'application.mjs'), words, { env: environment });
  child.on('message', async () => child.send({ failure: await signIn(environment) }));
  return new Promise((resolve) => child.on('close', resolve));
}

// Each scenario has its own folder, because the suite runs several at the same time.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cg-client-'));
const browser = path.join(folder, 'browser');
fs.writeFileSync(browser, `#!/bin/sh\nexec curl -sL -o ${folder}/page -b ${folder}/cookies -c ${folder}/cookies "$1"\n`, { mode: 0o700 });
const environment = { ...environmentIn(folder), BROWSER: browser };
fs.writeFileSync(environment.CALLGATE_CONFIG, JSON.stringify({ mcpServers: { test: { url, prefix: 'never', auth: auth() } } }));
const code = await runApplication(environment);
fs.rmSync(folder, { recursive: true, force: true });
process.exit(code ?? 1);
