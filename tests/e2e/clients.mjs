// Clients of both eras over every transport get the same through callgate as a client of the server itself. The clients are the official
// libraries of both generations on stdio, Streamable HTTP and HTTP+SSE; the servers are a released one and the fixtures of
// tests/conformance. `same` compares result by result. clients.sh runs this script; CALLGATE names the program.
// usage: clients.mjs [WAY [SERVER]]     runs a part of it
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { StreamableHTTPClientTransport as HttpOfSdk2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioOfSdk2 } from '@modelcontextprotocol/client/stdio';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioOfSdk1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpOfSdk1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { calls, conclude, feature, root, serverScript } from './comparison.mjs';
import { plainFeatures, questions, sessionFeatures } from './everything.mjs';
import { fixture } from './fixture.mjs';
import { PartyOfSdk1 } from './sdk1.mjs';
import { PartyOfSdk2 } from './sdk2.mjs';
import { environmentIn, ServedGate } from './serve.mjs';

const callgate = process.env.CALLGATE;
const [onlyWay, onlyServer] = process.argv.slice(2);
const script = (name) => ({ command: process.execPath, args: [path.join(import.meta.dirname, name)] });

// Names are short, because a gate has 48 characters for the names of a server and a tool. If `era` is "auto", callgate detects it.
const servers = {
  everything: { command: process.execPath, args: [serverScript('server-everything')] },
  old: { ...script('fixture-legacy.mjs'), era: 'auto' },
  new: { ...script('fixture-modern.mjs'), era: 'auto' },
};
const environment = { PATH: process.env.PATH, HOME: root };
const stdioOf = (Transport, parameters) => new Transport({ ...parameters, env: environment, stderr: 'ignore' });

/** Returns a client of the server itself, of the same library if that supports the server's era. */
function direct(server, library) {
  if (server === 'new') return new PartyOfSdk2('direct', server, stdioOf(StdioOfSdk2, servers.new), { pin: '2026-07-28' });
  if (library === 2) return new PartyOfSdk2('direct', server, stdioOf(StdioOfSdk2, servers[server]), 'legacy');
  return new PartyOfSdk1('direct', server, stdioOf(StdioOfSdk1, servers[server]));
}

const ways = {
  'sdk 1, streamable': { library: 1, era: 'legacy', url: '/mcp', party: (way, url) => new PartyOfSdk1(way, '', new HttpOfSdk1(url)) },
  'sdk 1, sse': { library: 1, era: 'legacy', url: '/sse', party: (way, url) => new PartyOfSdk1(way, '', new SSEClientTransport(url)) },
  'sdk 2, streamable, handshake': {
    library: 2, era: 'legacy', url: '/mcp', party: (way, url) => new PartyOfSdk2(way, '', new HttpOfSdk2(url), 'legacy'),
  },
  'sdk 2, streamable': { library: 2, era: 'modern', url: '/mcp', party: (way, url) => new PartyOfSdk2(way, '', new HttpOfSdk2(url), 'auto') },
  'sdk 2, stdio, handshake': {
    library: 2, era: 'legacy', party: (way, parameters) => new PartyOfSdk2(way, '', new StdioOfSdk2(parameters), 'legacy'),
  },
  'sdk 2, stdio': { library: 2, era: 'modern', party: (way, parameters) => new PartyOfSdk2(way, '', new StdioOfSdk2(parameters), 'auto') },
};

async function everything(parties) {
  await plainFeatures(parties);
  await questions(parties);
  if (parties[1].era === 'legacy') await sessionFeatures(parties);
}
const bodies = { everything, old: fixture, new: fixture };

/** Makes a callgate for one server: a `callgate serve` or, for stdio, one that the client's library starts. The fixtures have the same URIs. */
function gateFor(server, { url }) {
  const behind = { [server]: servers[server] };
  const environment = { REAL_TEST_SECRET: 'not for children' };
  if (url) {
    const gate = new ServedGate({ callgate, servers: behind, environment });
    return { where: async () => new URL(url, await gate.url), stop: () => gate.stop(), json: (...words) => gate.json(...words), gate };
  }
  const folder = fs.mkdtempSync(path.join(root, 'gate-'));
  const env = { ...environmentIn(folder), ...environment };
  fs.writeFileSync(env.CALLGATE_CONFIG, JSON.stringify({ mcpServers: behind }));
  return {
    where: async () => ({ command: callgate, env, stderr: 'ignore' }), stop: async () => 0,
    json: (...words) => JSON.parse(execFileSync(callgate, words, { env, maxBuffer: 1 << 28 })),
  };
}

async function compare(way, kind, server) {
  const { where, stop, json, gate } = gateFor(server, kind);
  const before = calls.length;
  await feature(`${way}: ${server} works`, async () => {
    const party = kind.party(way, await where());
    await party.connect();
    party.server = server;
    assert.equal(party.era, kind.era, 'the era that client and gate agree on');
    const other = direct(server, kind.library);
    await other.connect();
    await bodies[server]([other, party]);
    await other.client.close();
    await party.client.close();
  });
  await feature(`${way}: every call to ${server} is in the record`, async () => {
    // A name that no server has is recorded unchanged.
    const made = calls.slice(before).filter((call) => call.way === way)
      .map((call) => (call.tool === 'test_nothing' ? `null ${call.server}__test_nothing` : `${call.server} ${call.tool}`));
    const recorded = json('history', '--json', '--limit', '0').calls.filter((call) => call.method === 'tools/call');
    assert.deepEqual(recorded.map((call) => `${call.server} ${call.tool}`).sort(), made.sort());
  });
  await feature(`${way}: the gate for ${server} ends`, async () => assert.equal(await stop(), 0, gate?.output));
  gate?.remove();
}

for (const [way, kind] of Object.entries(ways)) {
  if (onlyWay && way !== onlyWay) continue;
  for (const server of Object.keys(servers)) {
    if (!onlyServer || server === onlyServer) await compare(way, kind, server);
  }
}
conclude();
