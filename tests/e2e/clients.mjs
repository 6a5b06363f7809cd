// Clients of both eras over every transport get the same through callgate as a client of the server itself. The clients are the official
// libraries of both generations on stdio, Streamable HTTP and HTTP+SSE; the servers are a released one and the fixtures of
// tests/conformance, each as a local and as a remote server. `same` compares result by result. clients.sh runs this script; CALLGATE
// names the program.
// usage: clients.mjs [WAY [SERVER]]     runs a part of it
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { SSEClientTransport as SseOfSdk2, StreamableHTTPClientTransport as HttpOfSdk2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioOfSdk2 } from '@modelcontextprotocol/client/stdio';
import { SSEClientTransport as SseOfSdk1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioOfSdk1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpOfSdk1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { calls, conclude, feature, root, serverScript } from './comparison.mjs';
import { plainFeatures, questions, sessionFeatures } from './everything.mjs';
import { serveFixture } from './fixture-http.mjs';
import { fixture } from './fixture.mjs';
import { serveEverything } from './remote.mjs';
import { PartyOfSdk1 } from './sdk1.mjs';
import { PartyOfSdk2 } from './sdk2.mjs';
import { environmentIn, ServedGate } from './serve.mjs';

const callgate = process.env.CALLGATE;
const [onlyWay, onlyServer] = process.argv.slice(2);
const script = (name) => ({ command: process.execPath, args: [path.join(import.meta.dirname, name)] });

const environment = { PATH: process.env.PATH, HOME: root };

/** `config` is the server's entry for callgate, `transport` what a client library of that generation connects with. */
const local = (parameters) => async () => ({
  config: { ...parameters, era: 'auto' },
  transport: (library) => new (library === 1 ? StdioOfSdk1 : StdioOfSdk2)({ ...parameters, env: environment, stderr: 'ignore' }),
  end: () => {},
});

const remote = (serve, Transports) => async () => {
  const { url, end } = await serve();
  return { config: { url }, transport: (library) => new Transports[library - 1](new URL(url)), end };
};

/** Starts a server at its first use, for all its clients. Its sessions are independent of each other. */
function once(serve) {
  let served;
  return async () => {
    served ??= serve();
    return { ...await served, end: () => {} };
  };
}

// A name is short, because a gate has 48 characters for the names of a server and a tool. Callgate detects the era of each server.
const http = [HttpOfSdk1, HttpOfSdk2];
const servers = {
  everything: {
    name: 'everything', era: 'legacy', body: everything, open: local({ command: process.execPath, args: [serverScript('server-everything')] }),
  },
  'everything over http': { name: 'everything', era: 'legacy', body: everything, open: remote(once(() => serveEverything('streamableHttp')), http) },
  'everything over sse': {
    name: 'everything', era: 'legacy', body: everything, open: remote(once(() => serveEverything('sse')), [SseOfSdk1, SseOfSdk2]),
  },
  old: { name: 'old', era: 'legacy', body: fixture, open: local(script('fixture-legacy.mjs')) },
  'old over http': { name: 'old', era: 'legacy', body: fixture, open: remote(() => serveFixture('legacy'), http) },
  new: { name: 'new', era: 'modern', body: fixture, open: local(script('fixture-modern.mjs')) },
  'new over http': { name: 'new', era: 'modern', body: fixture, open: remote(() => serveFixture('modern'), http) },
};

/** Returns a client of the server itself, of the same library if that supports the server's era. */
function direct({ name, era }, transport, library) {
  if (era === 'modern') return new PartyOfSdk2('direct', name, transport(2), { pin: '2026-07-28' });
  if (library === 2) return new PartyOfSdk2('direct', name, transport(2), 'legacy');
  return new PartyOfSdk1('direct', name, transport(1));
}

const ways = {
  'sdk 1, streamable': { library: 1, era: 'legacy', url: '/mcp', party: (way, url) => new PartyOfSdk1(way, '', new HttpOfSdk1(url)) },
  'sdk 1, sse': { library: 1, era: 'legacy', url: '/sse', party: (way, url) => new PartyOfSdk1(way, '', new SseOfSdk1(url)) },
  'sdk 2, streamable, handshake': {
    library: 2, era: 'legacy', url: '/mcp', party: (way, url) => new PartyOfSdk2(way, '', new HttpOfSdk2(url), 'legacy'),
  },
  'sdk 2, streamable': { library: 2, era: 'modern', url: '/mcp', party: (way, url) => new PartyOfSdk2(way, '', new HttpOfSdk2(url), 'auto') },
  'sdk 1, stdio': { library: 1, era: 'legacy', party: (way, parameters) => new PartyOfSdk1(way, '', new StdioOfSdk1(parameters)) },
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
/** Makes a callgate for one server: a `callgate serve` or, for stdio, one that the client's library starts. The fixtures have the same URIs. */
function gateFor(behind, { url }) {
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

async function compare(way, kind, title, server) {
  const { name, body } = server;
  const [behind, itself] = [await server.open(), await server.open()];
  const { where, stop, json, gate } = gateFor({ [name]: behind.config }, kind);
  const before = calls.length;
  await feature(`${way}: ${title} works`, async () => {
    const party = kind.party(way, await where());
    await party.connect();
    party.server = name;
    assert.equal(party.era, kind.era, 'the era that client and gate agree on');
    const other = direct(server, itself.transport, kind.library);
    await other.connect();
    await body([other, party]);
    await other.client.close();
    await party.client.close();
  });
  await feature(`${way}: every call to ${title} is in the record`, async () => {
    // A name that no server has is recorded unchanged.
    const made = calls.slice(before).filter((call) => call.way === way)
      .map((call) => (call.tool === 'test_nothing' ? `null ${name}__test_nothing` : `${name} ${call.tool}`));
    const recorded = json('history', '--json', '--limit', '0').calls.filter((call) => call.method === 'tools/call');
    assert.deepEqual(recorded.map((call) => `${call.server} ${call.tool}`).sort(), made.sort());
  });
  await feature(`${way}: the gate for ${title} ends`, async () => assert.equal(await stop(), 0, gate?.output));
  gate?.remove();
  behind.end();
  itself.end();
}

for (const [way, kind] of Object.entries(ways)) {
  if (onlyWay && way !== onlyWay) continue;
  for (const [title, server] of Object.entries(servers)) {
    if (!onlyServer || title === onlyServer) await compare(way, kind, title, server);
  }
}
conclude();
