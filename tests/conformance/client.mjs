// The client whose conformance is tested: callgate with the suite's server as its only server, and this script in the place of a person
// with an application. The suite starts it once for each scenario. Which revision the server speaks, callgate finds out by itself.
// usage: client.mjs CALLGATE legacy|modern URL     the era is the one between this script and callgate
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { environmentIn } from './serve.mjs';
import { StdioClient } from './stdio-client.mjs';

const [callgate, era, url] = process.argv.slice(2);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

/** Fills a form with its defaults, as a person does who only presses Enter. */
function filled({ properties = {} }) {
  return Object.fromEntries(Object.entries(properties).filter(([, { default: value }]) => value !== undefined)
    .map(([name, { default: value }]) => [name, value]));
}

const answers = {
  'elicitation/create': ({ requestedSchema = {} }) => ({ action: 'accept', content: filled(requestedSchema) }),
  'sampling/createMessage': () => ({ model: 'none', role: 'assistant', content: { type: 'text', text: 'sampled' } }),
  'roots/list': () => ({ roots: [] }),
};

const call = (client, name, args = {}) => client.request('tools/call', { name, arguments: args });

async function toolNames(client) {
  return (await client.request('tools/list')).tools.map((tool) => tool.name);
}

/** Calls the tools that the scenario names in its context, exactly as it names them. */
async function contextCalls(client) {
  await toolNames(client);
  for (const { name, arguments: args } of context.toolCalls) await call(client, name, args);
}

async function standardHeaders(client) {
  for (const name of await toolNames(client)) await call(client, name);
  for (const { uri } of (await client.request('resources/list')).resources) await client.request('resources/read', { uri });
  for (const { name } of (await client.request('prompts/list')).prompts) await client.request('prompts/get', { name });
}

/** Callgate must not list the invalid tools, so everything that it lists may be called. */
async function invalidToolHeaders(client) {
  const names = await toolNames(client);
  assert.deepEqual(names, ['valid_tool']);
  for (const name of names) await call(client, name, { region: 'us' });
}

async function requestState(client) {
  await toolNames(client);
  client.beforeAnswer = () => call(client, 'test_mrtr_unrelated');
  await call(client, 'test_mrtr_echo_state');
  await call(client, 'test_mrtr_no_state');
  await call(client, 'test_mrtr_no_result_type');
}

async function schemaEcho(client) {
  const { tools } = await client.request('tools/list');
  await call(client, 'json_schema_echo', { schema: tools.find((tool) => tool.name === 'json_schema_2020_12_tool').inputSchema });
}

const scenarios = {
  initialize: (client) => client.request('tools/list'),
  tools_call: async (client) => {
    await toolNames(client);
    const result = await call(client, 'add_numbers', { a: 5, b: 3 });
    assert.match(result.content[0].text, /\b8\b/);
  },
  'elicitation-sep1034-client-defaults': (client) => call(client, 'test_client_elicitation_defaults'),
  'sse-retry': (client) => call(client, 'test_reconnection'),
  'request-metadata': toolNames,
  'http-standard-headers': standardHeaders,
  'http-custom-headers': contextCalls,
  'http-invalid-tool-headers': invalidToolHeaders,
  'sep-2322-client-request-state': requestState,
  'json-schema-ref-no-deref': toolNames,
  'json-schema-2020-12-preservation': schemaEcho,
};

/** Each scenario has its own folder, because the suite runs several at the same time. */
function prepare() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cg-client-'));
  const environment = environmentIn(folder);
  fs.writeFileSync(environment.CALLGATE_CONFIG, JSON.stringify({ mcpServers: { test: { url, prefix: 'never' } } }));
  return { folder, environment };
}

const { folder, environment } = prepare();
const client = new StdioClient({ callgate, environment, era, answers });
let status = 0;
try {
  const steps = scenarios[scenario];
  if (!steps) throw new Error(`there are no steps for the scenario ${scenario}`);
  await client.start();
  await steps(client);
} catch (error) {
  console.error(error.stack);
  status = 1;
}
const code = await client.stop();
if (code !== 0) {
  console.error(`callgate ended with ${code}`);
  status = 1;
}
if (client.errors) console.error(`stderr of callgate:\n${client.errors}`);
fs.rmSync(folder, { recursive: true, force: true });
process.exit(status);
