// An application with callgate as its server. It does what one scenario of the suite wants to see. client.mjs starts it, and signs in
// when the application asks for it by a message.
// usage: application.mjs CALLGATE legacy|modern SCENARIO CONTEXT     the era is the one between this script and callgate
import assert from 'node:assert/strict';
import process from 'node:process';
import { StdioClient } from './stdio-client.mjs';

const [callgate, era, scenario, contextText] = process.argv.slice(2);
const context = JSON.parse(contextText);

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

/** Asks the person to sign in. Rejects with what callgate says if it fails. */
function signIn() {
  return new Promise((resolve, reject) => {
    process.once('message', ({ failure }) => (failure ? reject(new Error(failure)) : resolve()));
    process.send('sign in');
  });
}

/** Makes a call, and asks for a sign-in and makes it again whenever callgate says that this helps. Three sign-ins must be enough. */
async function callSignedIn(client, name) {
  for (let signIns = 0; ; signIns += 1) {
    const result = await call(client, name).catch((error) => error);
    const text = result instanceof Error ? result.message : JSON.stringify(result.isError ? result.content : '');
    if (!text.includes('callgate auth login test')) {
      if (result instanceof Error) throw result;
      return result;
    }
    if (signIns === 3) throw new Error(`callgate still wants a sign-in: ${text}`);
    await signIn();
  }
}

/** Calls a tool of a server that wants a sign-in. Before it, the server is not up, so callgate does not know its tools. */
async function signedIn(client) {
  const result = await callSignedIn(client, 'test-tool');
  assert.equal(result.content[0].text, 'test');
  assert.deepEqual(await toolNames(client), ['test-tool']);
}

/** Callgate must not accept what this server or its authorization server says. */
const refused = (client) => assert.rejects(signedIn(client));

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
  ...Object.fromEntries(['resource-mismatch', 'scope-retry-limit', 'iss-supported-missing', 'iss-wrong-issuer', 'iss-unexpected',
    'iss-normalized', 'metadata-issuer-mismatch'].map((name) => [`auth/${name}`, refused])),
};
const stepsOf = (name) => scenarios[name] ?? (name.startsWith('auth/') ? signedIn : null);

const client = new StdioClient({ callgate, environment: process.env, era, answers });
let status = 0;
try {
  const steps = stepsOf(scenario);
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
process.exit(status);
