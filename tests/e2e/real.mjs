// The official client gets the same from real servers through callgate as without it.
// Every feature runs twice, against the servers themselves and through one callgate for all three. The two outcomes must
// be equal except for the names of tools and prompts. Afterwards the record must have every call with its arguments and its
// outcome. real.sh runs this script; CALLGATE names the program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { calls, conclude, counts, feature, root, same, serverScript, some, toolsAreEqual } from './comparison.mjs';
import { everything } from './everything.mjs';
import { PartyOfSdk1 } from './sdk1.mjs';

const callgate = process.env.CALLGATE;

// Each way has its own folder, so that writes don't conflict. Results are compared after the folder's name is replaced.
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
  await feature('every call is in the record, in order', async () => {
    recorded = run('history', '--json', '--limit', '0').calls.reverse().filter((call) => call.method === 'tools/call');
    const names = (list) => list.map((call) => `${call.server} ${call.tool}`);
    assert.deepEqual(names(recorded), names(wanted));
  });
  await feature('each recorded call has its arguments and an outcome', async () => {
    for (const [index, call] of recorded.entries()) {
      assert.ok(['ok', 'tool_error', 'rpc_error', 'cancelled'].includes(call.outcome), `${call.tool}: ${call.outcome}`);
      assert.ok(call.duration_ms > 0 && call.args_bytes > 0, `${call.tool}: ${JSON.stringify(call)}`);
      const shown = run('history', 'show', call.id, '--json');
      if (call.args_bytes < 100_000) assert.deepEqual(shown.args, wanted[index].args, `${call.tool}: arguments`);
      if (call.outcome === 'ok' && call.result_bytes < 100_000) some(shown.result.content);
    }
  });
  await feature('outcomes distinguish errors', async () => {
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

// The gate has one client for all servers; without the gate, each server has its own client.
const gateTransport = new StdioClientTransport({ command: callgate, env: gateEnvironment, stderr: 'pipe' });
let gateStderr = '';
gateTransport.stderr.on('data', (data) => { gateStderr += data; });
const gate = new PartyOfSdk1('gate', '', gateTransport);
await gate.connect();

const bodies = { everything, filesystem, memory };
for (const [server, parameters] of Object.entries(servers('direct'))) {
  const transport = new StdioClientTransport({ ...parameters, env: { PATH: process.env.PATH, HOME: gateFolder, ...parameters.env },
    stderr: 'ignore' });
  const direct = new PartyOfSdk1('direct', server, transport);
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
if (counts.failed > 0) console.log(`stderr of callgate:\n${gateStderr}`);
conclude();
