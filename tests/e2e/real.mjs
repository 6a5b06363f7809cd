// Real servers, driven by the official client: what a client gets through callgate is what it gets without.
// Every feature runs twice, against the servers themselves and through one callgate before all three; the two outcomes
// must be equal but for the tools' and prompts' names. Afterwards the record must hold every call with what was sent and
// what came back. Run by real.sh; CALLGATE names the program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';

const callgate = process.env.CALLGATE;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cg-real-'));
const require = createRequire(import.meta.url);
const deadline = 20_000;

function serverScript(name) {
  return path.join(path.dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist', 'index.js');
}

// A folder for each way, so that writes don't meet; results are compared after the folder's name is replaced.
function servers(way) {
  const folder = path.join(root, way);
  fs.mkdirSync(path.join(folder, 'files'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'files', 'hello.txt'), 'hello\nworld\n');
  return {
    everything: { command: process.execPath, args: [serverScript('server-everything')] },
    filesystem: { command: process.execPath, args: [serverScript('server-filesystem'), path.join(folder, 'files')] },
    memory: { command: process.execPath, args: [serverScript('server-memory')],
              env: { MEMORY_FILE_PATH: path.join(folder, 'memory.jsonl') } },
  };
}

/** One client, with all that came to it unasked. */
class Party {
  constructor(way, server, transport) {
    this.way = way;
    this.server = server;
    this.transport = transport;
    this.raw = [];
    this.notifications = [];
    this.questions = [];
    this.waiting = [];
    this.roots = [{ uri: 'file:///projects/one', name: 'one' }];
    this.client = new Client({ name: 'real', version: '1.0' }, {
      capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } },
    });
    this.client.fallbackNotificationHandler = async (notification) => this.came(notification);
    this.client.setRequestHandler(CreateMessageRequestSchema, async (request) => this.asked(request, {
      model: 'none', role: 'assistant', content: { type: 'text', text: 'sampled' }, stopReason: 'endTurn',
    }));
    this.client.setRequestHandler(ElicitRequestSchema, async (request) => this.asked(request, {
      action: 'accept', content: { name: 'somebody', integer: 7 },
    }));
    this.client.setRequestHandler(ListRootsRequestSchema, async (request) => this.asked(request, { roots: this.roots }));
  }

  async connect() {
    await this.client.connect(this.transport);
    const { onmessage } = this.transport;
    this.transport.onmessage = (message) => {
      this.raw.push(message);
      onmessage(message);
    };
  }

  asked(request, answer) {
    const { _meta, ...params } = request.params ?? {};
    this.questions.push({ method: request.method, params });
    return answer;
  }

  came(notification) {
    this.notifications.push(notification);
    for (const waiter of this.waiting.splice(0)) waiter();
  }

  name(name) {
    return this.way === 'direct' ? name : `${this.server}__${name}`;
  }

  own(name) {
    return this.way === 'direct' ? name : name.slice(this.server.length + 2);
  }

  ours(items) {
    return items.filter((item) => this.way === 'direct' || item.name.startsWith(`${this.server}__`));
  }

  async request(method, params = {}, options = {}) {
    return this.client.request({ method, params }, ResultSchema, { timeout: deadline, ...options });
  }

  async call(name, args = {}, options = {}) {
    calls.push({ way: this.way, server: this.server, tool: name, args });
    return this.request('tools/call', { name: this.name(name), arguments: args }, options);
  }

  /** The next notification that `accept` takes, waiting for it. */
  async notified(accept) {
    const end = Date.now() + deadline;
    for (;;) {
      const index = this.notifications.findIndex(accept);
      if (index >= 0) return this.notifications.splice(index, 1)[0];
      if (Date.now() > end) throw new Error(`no such notification came; there are ${JSON.stringify(this.notifications)}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.waiting.push(() => { clearTimeout(timer); resolve(); });
      });
    }
  }
}

/** What differs from run to run, replaced. */
function stable(value, party) {
  const text = JSON.stringify(value)
    .replaceAll(path.join(root, party.way), 'FOLDER')
    .replace(/\d+:\d\d:\d\d( [AP]M)?/g, 'TIME')
    .replace(/(created|modified|accessed): [^\\"]*/g, '$1: WHEN');
  return JSON.parse(text);
}

const calls = [];
let passed = 0;
let failed = 0;

async function feature(title, check) {
  try {
    await check();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`failed  ${title}: ${error.stack}`);
  }
}

/** Runs `action` both ways; the outcomes must be equal, and hold if `holds` says what it must be like. */
function same(title, parties, action, holds = () => {}) {
  return feature(title, async () => {
    const outcomes = [];
    for (const party of parties) {
      party.questions.length = 0;
      outcomes.push(stable(await action(party), party));
    }
    holds(outcomes[0]);
    assert.deepEqual(outcomes[1], outcomes[0]);
  });
}

const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return { code: error.code, message: error.message };
  }
  return 'no error';
};

const some = (list) => assert.ok(Array.isArray(list) ? list.length > 0 : list, 'something is there to compare');

const toolsAreEqual = (parties, server) => same(`${server}: tools/list`, parties, async (party) => {
  const { tools } = await party.request('tools/list');
  // Tasks are not offered to clients yet: `execution` has no meaning behind the gate, and what can't be called is left out.
  const callable = party.ours(tools).filter((tool) => tool.execution?.taskSupport !== 'required');
  return callable.map(({ execution, ...tool }) => ({ ...tool, name: party.own(tool.name) }));
}, some);

async function everything(parties) {
  const [direct] = parties;
  await toolsAreEqual(parties, 'everything');
  await same('prompts/list', parties, async (party) => (await party.request('prompts/list')).prompts
    .map((prompt) => ({ ...prompt, name: party.own(prompt.name) })), some);
  await same('resources/list', parties, async (party) => (await party.request('resources/list')).resources
    .filter((resource) => resource.uri.startsWith('demo:')), some);
  await same('resources/templates/list', parties,
    async (party) => (await party.request('resources/templates/list')).resourceTemplates, some);

  const toolCalls = [
    ['echo', { message: 'grüße \u0000 "quoted" 🦊' }],
    ['get-sum', { a: 1.5, b: 2 }],
    ['get-tiny-image', {}],
    ['get-annotated-message', { messageType: 'error', includeImage: true }],
    ['get-annotated-message', { messageType: 'debug' }],
    ['get-structured-content', { location: 'New York' }],
    ['get-resource-links', { count: 3 }],
    ['get-resource-reference', { resourceType: 'Text', resourceId: 1 }],
    ['get-resource-reference', { resourceType: 'Blob', resourceId: 2 }],
    ['gzip-file-as-resource', { name: 'a.gz', data: 'data:text/plain;base64,aGVsbG8=', outputType: 'resource' }],
    ['trigger-long-running-operation', { duration: 0.05, steps: 1 }],
    ['get-sum', { a: 'no number' }],
    ['get-structured-content', { location: 'nowhere' }],
  ];
  for (const [name, args] of toolCalls) {
    await same(`everything: ${name} ${JSON.stringify(args)}`, parties, (party) => party.call(name, args), some);
  }
  await same('a link in a result can be read', parties, async (party) => {
    const result = await party.call('gzip-file-as-resource', { name: 'b.gz', data: 'data:text/plain;base64,aGVsbG8=' });
    const link = result.content.find((item) => item.type === 'resource_link');
    await party.notified((notification) => notification.method === 'notifications/resources/list_changed');
    return [link, await party.request('resources/read', { uri: link.uri })];
  }, some);

  for (const [name, args] of [['simple-prompt'], ['args-prompt', { city: 'Bern', state: 'BE' }],
    ['completable-prompt', { department: 'Engineering', name: 'Alice' }],
    ['resource-prompt', { resourceType: 'Text', resourceId: '1' }]]) {
    await same(`prompts/get ${name}`, parties, (party) => party.request('prompts/get', { name: party.name(name), arguments: args }),
      (result) => some(result.messages));
  }
  await same('an unknown prompt is an error', parties, async (party) => {
    const error = await failure(party.request('prompts/get', { name: party.name('nobody') }));
    return error.code;
  }, (code) => assert.equal(code, -32602));

  const { resources } = await direct.request('resources/list');
  for (const uri of [...resources.map((resource) => resource.uri), 'demo://resource/dynamic/text/3',
    'demo://resource/dynamic/blob/4']) {
    await same(`resources/read ${uri}`, parties, (party) => party.request('resources/read', { uri }),
      (result) => some(result.contents));
  }
  await same('a resource unknown to its server is the server\'s own error', parties,
    (party) => failure(party.request('resources/read', { uri: 'demo://resource/dynamic/text/none' })), some);
  await feature('a resource that nobody has is an error', async () => {
    const error = await failure(parties[1].request('resources/read', { uri: 'nobody://has/this' }));
    assert.equal(error.code, -32002);
  });

  await same('completion of a prompt', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/prompt', name: party.name('completable-prompt') }, argument: { name: 'department', value: 'E' },
  }), (result) => some(result.completion.values));
  await same('completion with a context', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/prompt', name: party.name('completable-prompt') }, argument: { name: 'name', value: '' },
    context: { arguments: { department: 'Engineering' } },
  }), (result) => some(result.completion.values));
  await same('completion of a resource template', parties, (party) => party.request('completion/complete', {
    ref: { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' },
    argument: { name: 'resourceId', value: '1' },
  }), (result) => some(result.completion.values));

  // The SDK drops progress that comes together with the answer, so the raw messages are what is compared.
  const withToken = async (party, token, args) => {
    calls.push({ way: party.way, server: party.server, tool: 'trigger-long-running-operation', args });
    const before = party.raw.length;
    const result = await party.request('tools/call', {
      name: party.name('trigger-long-running-operation'), arguments: args, _meta: { progressToken: token },
    });
    const ours = party.raw.slice(before).filter((message) => message.params?.progressToken === token);
    return { progress: ours, result };
  };
  await same('progress', parties, (party) => withToken(party, 'a token', { duration: 0.3, steps: 3 }),
    ({ progress }) => assert.equal(progress.length, 3));
  await same('two calls at once keep their progress apart', parties, (party) => Promise.all(
    [withToken(party, 'two', { duration: 0.2, steps: 2 }), withToken(party, 4711, { duration: 0.25, steps: 4 })]),
  ([two, four]) => assert.deepEqual([two.progress.length, four.progress.length], [2, 4]));

  await same('cancel', parties, async (party) => {
    const controller = new AbortController();
    const steps = [];
    const pending = failure(party.call('trigger-long-running-operation', { duration: 1, steps: 20 }, {
      signal: controller.signal,
      onprogress: (progress) => { steps.push(progress); if (steps.length === 2) controller.abort('enough'); },
    }));
    const error = await pending;
    return [error, await party.call('echo', { message: 'after it' })];
  }, some);

  await same('sampling', parties, async (party) => ({
    result: await party.call('trigger-sampling-request', { prompt: 'say', maxTokens: 5 }), questions: [...party.questions],
  }), ({ questions }) => assert.equal(questions[0].method, 'sampling/createMessage'));
  await same('elicitation', parties, async (party) => ({
    result: await party.call('trigger-elicitation-request'), questions: [...party.questions],
  }), ({ questions }) => assert.equal(questions[0].method, 'elicitation/create'));
  await same('elicitation by URL', parties, async (party) => ({
    result: await party.call('trigger-url-elicitation', { url: 'https://example.com/x', elicitationId: 'fixed' }),
    questions: [...party.questions],
  }), ({ questions }) => assert.equal(questions[0].params.url, 'https://example.com/x'));
  await same('elicitation by error', parties, (party) => failure(party.call('trigger-url-elicitation',
    { url: 'https://example.com/y', elicitationId: 'fixed', errorPath: true })), (error) => assert.equal(error.code, -32042));
  await same('roots', parties, (party) => party.call('get-roots-list'), (result) => assert.match(result.content[0].text, /projects\/one/));
  await same('changed roots', parties, async (party) => {
    party.roots = [{ uri: 'file:///projects/two', name: 'two' }];
    party.notifications.length = 0; // the first list was told in the same way
    await party.client.sendRootsListChanged();
    await party.notified((notification) => notification.method === 'notifications/message' && /Roots updated/.test(notification.params.data));
    return party.call('get-roots-list');
  }, some);

  await same('a log level', parties, async (party) => {
    await party.request('logging/setLevel', { level: 'emergency' });
    party.notifications.length = 0;
    await party.request('resources/subscribe', { uri: 'demo://resource/dynamic/text/9' }); // logs at "info"
    await party.call('echo', { message: 'a round trip' });
    const quiet = party.notifications.filter((notification) => notification.method === 'notifications/message');
    await party.request('logging/setLevel', { level: 'debug' });
    await party.request('resources/unsubscribe', { uri: 'demo://resource/dynamic/text/9' });
    const loud = await party.notified((notification) => notification.method === 'notifications/message');
    return { quiet, loud };
  }, ({ quiet }) => assert.deepEqual(quiet, []));
  await same('a subscription', parties, async (party) => {
    const uri = 'demo://resource/dynamic/text/1';
    await party.request('resources/subscribe', { uri });
    await party.call('toggle-subscriber-updates');
    const update = await party.notified((notification) => notification.method === 'notifications/resources/updated');
    await party.call('toggle-subscriber-updates');
    await party.request('resources/unsubscribe', { uri });
    return update;
  }, some);
  await same('_meta of a request', parties, (party) => party.request('tools/call', {
    name: party.name('echo'), arguments: { message: 'm' }, _meta: { traceparent: '00-ab-cd-01', 'com.example/x': { y: 1 } },
  }), some);
  await same('an unknown method is an error', parties, async (party) => (await failure(party.request('no/such/method'))).code,
    (code) => assert.equal(code, -32601));
  await feature('the environment is a clean one', async () => {
    const text = (await parties[1].call('get-env')).content[0].text;
    assert.ok(JSON.parse(text).PATH);
    assert.ok(!text.includes('REAL_TEST_SECRET'));
  });
}

async function filesystem(parties) {
  await toolsAreEqual(parties, 'filesystem');
  const at = (party, name = '') => path.join(root, party.way, 'files', name);
  const steps = [
    ['list_allowed_directories', () => ({})],
    ['read_text_file', (party) => ({ path: at(party, 'hello.txt') })],
    ['read_text_file', (party) => ({ path: at(party, 'hello.txt'), head: 1 })],
    ['read_media_file', (party) => ({ path: at(party, 'hello.txt') })],
    ['read_multiple_files', (party) => ({ paths: [at(party, 'hello.txt'), at(party, 'nothing')] })],
    ['write_file', (party) => ({ path: at(party, 'new.txt'), content: 'one\ntwo\n' })],
    ['edit_file', (party) => ({ path: at(party, 'new.txt'), edits: [{ oldText: 'two', newText: 'drei €' }] })],
    ['create_directory', (party) => ({ path: at(party, 'sub') })],
    ['move_file', (party) => ({ source: at(party, 'new.txt'), destination: at(party, 'sub/moved.txt') })],
    ['list_directory', (party) => ({ path: at(party) })],
    ['list_directory_with_sizes', (party) => ({ path: at(party), sortBy: 'size' })],
    ['directory_tree', (party) => ({ path: at(party) })],
    ['search_files', (party) => ({ path: at(party), pattern: '**/*.txt' })],
    ['get_file_info', (party) => ({ path: at(party, 'hello.txt') })],
    ['read_text_file', () => ({ path: '/etc/passwd' })],
    ['read_text_file', (party) => ({ path: at(party, 'nothing') })],
    ['write_file', (party) => ({ path: at(party, 'big.txt'), content: 'x'.repeat(3 << 20) })],
    ['read_text_file', (party) => ({ path: at(party, 'big.txt') })],
  ];
  for (const [name, args] of steps) {
    await same(`filesystem: ${name}`, parties, (party) => party.call(name, args(party)), some);
  }
}

async function memory(parties) {
  await toolsAreEqual(parties, 'memory');
  await same('memory: resources/list', parties, async (party) => (await party.request('resources/list')).resources
    .filter((resource) => resource.uri.startsWith('memory:')), some);
  const steps = [
    ['create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['writes'] },
      { name: 'Engine', entityType: 'machine', observations: [] }] }],
    ['create_relations', { relations: [{ from: 'Ada', to: 'Engine', relationType: 'programs' }] }],
    ['add_observations', { observations: [{ entityName: 'Ada', contents: ['counts'] }] }],
    ['read_graph', {}],
    ['search_nodes', { query: 'ada' }],
    ['open_nodes', { names: ['Engine'] }],
    ['delete_observations', { deletions: [{ entityName: 'Ada', observations: ['writes'] }] }],
    ['delete_relations', { relations: [{ from: 'Ada', to: 'Engine', relationType: 'programs' }] }],
    ['delete_entities', { entityNames: ['Engine'] }],
    ['add_observations', { observations: [{ entityName: 'Nobody', contents: ['x'] }] }],
  ];
  for (const [name, args] of steps) {
    await same(`memory: ${name}`, parties, (party) => party.call(name, args), some);
  }
}

function run(...words) {
  return JSON.parse(execFileSync(callgate, words, { env: gateEnvironment, maxBuffer: 1 << 28 }));
}

async function record() {
  const wanted = calls.filter((call) => call.way === 'gate');
  let recorded = [];
  await feature('every call is in the record, in its order', async () => {
    recorded = run('history', '--json', '--limit', '0').calls.reverse().filter((call) => call.method === 'tools/call');
    const names = (list) => list.map((call) => `${call.server} ${call.tool}`);
    // One call is made without Party.call, to say _meta.
    const index = wanted.findIndex((call) => call.tool === 'get-env');
    const all = [...wanted.slice(0, index), { server: 'everything', tool: 'echo', args: { message: 'm' } }, ...wanted.slice(index)];
    assert.deepEqual(names(recorded), names(all));
    wanted.splice(0, wanted.length, ...all);
  });
  await feature('each with its arguments and an outcome', async () => {
    for (const [index, call] of recorded.entries()) {
      assert.ok(['ok', 'tool_error', 'rpc_error', 'cancelled'].includes(call.outcome), `${call.tool}: ${call.outcome}`);
      assert.ok(call.duration_ms > 0 && call.args_bytes > 0, `${call.tool}: ${JSON.stringify(call)}`);
      const shown = run('history', 'show', call.id, '--json');
      if (call.args_bytes < 100_000) assert.deepEqual(shown.args, wanted[index].args, `${call.tool}: arguments`);
      if (call.outcome === 'ok' && call.result_bytes < 100_000) some(shown.result.content);
    }
  });
  await feature('outcomes tell errors apart', async () => {
    const outcomes = new Set(recorded.map((call) => call.outcome));
    for (const outcome of ['ok', 'tool_error', 'rpc_error', 'cancelled']) assert.ok(outcomes.has(outcome), outcome);
  });
}

const gateFolder = path.join(root, 'gate-home');
fs.mkdirSync(gateFolder);
const gateEnvironment = {
  PATH: process.env.PATH, HOME: gateFolder, CALLGATE_CONFIG: path.join(gateFolder, 'config.json'),
  CALLGATE_STATE: path.join(gateFolder, 'state'), REAL_TEST_SECRET: 'not for children',
};
if (process.env.ASAN_OPTIONS) gateEnvironment.ASAN_OPTIONS = process.env.ASAN_OPTIONS;
fs.writeFileSync(gateEnvironment.CALLGATE_CONFIG, JSON.stringify({ mcpServers: servers('gate') }));

// Through the gate there is one client for all; the servers themselves have one each.
const gateTransport = new StdioClientTransport({ command: callgate, env: gateEnvironment, stderr: 'pipe' });
let gateStderr = '';
gateTransport.stderr.on('data', (data) => { gateStderr += data; });
const gate = new Party('gate', '', gateTransport);
await gate.connect();

const bodies = { everything, filesystem, memory };
for (const [server, parameters] of Object.entries(servers('direct'))) {
  const transport = new StdioClientTransport({ ...parameters, env: { PATH: process.env.PATH, HOME: gateFolder, ...parameters.env },
    stderr: 'ignore' });
  const direct = new Party('direct', server, transport);
  await direct.connect();
  gate.server = server;
  await feature(`${server} ends`, () => bodies[server]([direct, gate]));
  await direct.client.close();
}
await feature('the gate ends by itself', async () => {
  const { pid } = gateTransport;
  await gate.client.close();
  assert.throws(() => process.kill(pid, 0), 'the process is gone');
});
await record();
if (failed > 0) console.log(`stderr of callgate:\n${gateStderr}`);
fs.rmSync(root, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
