// The examples of the official library are remote servers, each with another kind of transport: answers as JSON only, no sessions, a
// stream that ends before its answer, HTTP+SSE, and both transports at one URL. The official client gets the same from them through one
// callgate for all as without it. clients.sh runs this script; CALLGATE names the program.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { conclude, feature, root, same, some, toolsAreEqual } from './comparison.mjs';
import { serveScript } from './remote.mjs';
import { PartyOfSdk1 } from './sdk1.mjs';
import { environmentIn } from './serve.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.resolve('@modelcontextprotocol/sdk/client/index.js'))), '../examples/server');
const notify = ['start-notification-stream', { interval: 20, count: 3 }];

const examples = {
  json: { script: 'jsonResponseStreamableHttp', at: '/mcp', calls: [['greet', { name: 'Ada' }], ['greet', {}]] },
  stateless: { script: 'simpleStatelessStreamableHttp', at: '/mcp', calls: [notify], prompts: true, resources: true },
  stateful: {
    script: 'simpleStreamableHttp', at: '/mcp', prompts: true, resources: true,
    calls: [['greet', { name: 'Ada' }], ['list-files', {}], ['collect-user-info', { infoType: 'feedback' }], notify],
  },
  hono: { script: 'honoWebStandardStreamableHttp', at: '/mcp', calls: [['greet', { name: 'Ada' }]] },
  polling: { script: 'ssePollingExample', at: '/mcp', calls: [['long-task', {}]] },
  both: { script: 'sseAndStreamableHttpCompatibleServer', at: '/mcp', calls: [notify] },
  both_sse: { script: 'sseAndStreamableHttpCompatibleServer', at: '/sse', calls: [notify], sse: true },
  sse: { script: 'simpleSseServer', at: '/mcp', calls: [notify], sse: true },
};

/** Removes the times from log messages. Their order and number stay. */
const logged = (party) => party.notifications.filter(({ method }) => method === 'notifications/message')
  .map(({ params }) => String(params.data).replace(/ at .*$/, ''));

async function compare(name, { calls, prompts, resources }, parties) {
  await toolsAreEqual(parties, name);
  for (const [tool, args] of calls) {
    await same(`${name}: ${tool} ${JSON.stringify(args)}`, parties, async (party) => {
      party.forget();
      const result = await party.call(tool, args);
      return { result, logged: logged(party), questions: party.questions };
    });
  }
  if (prompts) {
    await same(`${name}: prompts/list`, parties, async (party) => party.ours((await party.request('prompts/list')).prompts)
      .map((prompt) => ({ ...prompt, name: party.own(prompt.name) })), some);
    await same(`${name}: prompts/get`, parties,
      (party) => party.request('prompts/get', { name: party.name('greeting-template'), arguments: { name: 'Ada' } }), (result) => some(result.messages));
  }
  if (resources) {
    await same(`${name}: resources/read`, parties,
      (party) => party.request('resources/read', { uri: 'https://example.com/greetings/default' }), (result) => some(result.contents));
  }
}

const served = {};
for (const [name, { script, at }] of Object.entries(examples)) served[name] = await serveScript(path.join(folder, `${script}.js`), [], at);

const home = path.join(root, 'home');
fs.mkdirSync(home);
const environment = environmentIn(home);
const entries = Object.entries(served).map(([name, { url }]) => [name, { url }]);
fs.writeFileSync(environment.CALLGATE_CONFIG, JSON.stringify({ mcpServers: Object.fromEntries(entries) }));
const transport = new StdioClientTransport({ command: process.env.CALLGATE, env: environment, stderr: 'pipe' });
let errors = '';
transport.stderr.on('data', (data) => { errors += data; });
const gate = new PartyOfSdk1('gate', '', transport);
await gate.connect();

for (const [name, example] of Object.entries(examples)) {
  await feature(`${name} works`, async () => {
    const Transport = example.sse ? SSEClientTransport : StreamableHTTPClientTransport;
    const direct = new PartyOfSdk1('direct', name, new Transport(new URL(served[name].url)));
    await direct.connect();
    gate.server = name;
    await compare(name, example, [direct, gate]);
    await direct.client.close();
  });
}
await feature('the gate ends by itself', async () => {
  const { pid } = transport;
  await gate.client.close();
  assert.throws(() => process.kill(pid, 0), 'the process is gone');
});
for (const { end } of Object.values(served)) end();
if (errors) console.log(`stderr of callgate:\n${errors}`);
conclude();
