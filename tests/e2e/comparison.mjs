// A client gets the same through callgate as without it: features run with two parties, and the outcomes must be equal. A party is one
// client with all messages that it did not request. Derived classes decide which client it is and how it is connected.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cg-real-'));
export const deadline = 20_000;
const require = createRequire(import.meta.url);

export function serverScript(name) {
  return path.join(path.dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist', 'index.js');
}

/** All calls that the parties have made, in order. */
export const calls = [];

/** The client's answers to questions of servers. */
export const answers = {
  'sampling/createMessage': () => ({ model: 'none', role: 'assistant', content: { type: 'text', text: 'sampled' }, stopReason: 'endTurn' }),
  'elicitation/create': ({ mode }) => (mode === 'url' ? { action: 'accept' } : { action: 'accept', content: { name: 'somebody', integer: 7 } }),
  'roots/list': (params, party) => ({ roots: party.roots }),
};

export class Party {
  /** `way` is "direct" for a client of the server itself. Other clients see its tools and prompts with its name as prefix. */
  constructor(way, server) {
    this.way = way;
    this.server = server;
    this.raw = [];
    this.notifications = [];
    this.questions = [];
    this.waiting = [];
    this.roots = [{ uri: 'file:///projects/one', name: 'one' }];
  }

  asked(method, params = {}) {
    const { _meta, elicitationId, ...rest } = params; // the modern era has no such id
    this.questions.push({ method, params: rest });
    return answers[method](rest, this);
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

  async call(name, args = {}, { meta, ...options } = {}) {
    calls.push({ way: this.way, server: this.server, tool: name, args });
    return this.request('tools/call', { name: this.name(name), arguments: args, ...(meta && { _meta: meta }) }, options);
  }

  /** Waits for the next notification that `accept` accepts, and returns it. */
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

  /** Forgets the messages that were not requested. */
  forget() {
    this.notifications.length = 0;
    this.questions.length = 0;
  }
}

/** Collects every message that `transport` delivers; its client gets them, too. */
export function overhear(transport, raw) {
  const { onmessage } = transport;
  transport.onmessage = (message, ...rest) => {
    raw.push(message);
    onmessage.call(transport, message, ...rest);
  };
}

/** Removes from a result what the revisions express differently: its kind, how long it is valid, and its server. */
export function plain({ resultType, ttlMs, cacheScope, _meta, ...result }) {
  const { 'io.modelcontextprotocol/serverInfo': server, ...meta } = _meta ?? {};
  return { ...result, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
}

const clock = /\d+:\d\d:\d\d( [AP]M)?/g;

/** Replaces times of day in a text that is encoded in Base64. */
function stableBlob(blob) {
  const text = Buffer.from(blob, 'base64').toString('latin1');
  return Buffer.from(text.replace(clock, 'TIME'), 'latin1').toString('base64');
}

/** Replaces the parts that differ from run to run. */
function stable(value, party) {
  const text = JSON.stringify(value === undefined ? null : value)
    .replaceAll(path.join(root, party.way), 'FOLDER')
    .replace(/"blob":"([A-Za-z0-9+/=]+)"/g, (whole, blob) => `"blob":"${stableBlob(blob)}"`)
    .replace(clock, 'TIME')
    .replace(/session [0-9a-f-]{36}/g, 'session ID')
    .replace(/(created|modified|accessed): [^\\"]*/g, '$1: WHEN');
  return JSON.parse(text);
}

export const counts = { passed: 0, failed: 0 };

export async function feature(title, check) {
  try {
    await check();
    counts.passed += 1;
  } catch (error) {
    counts.failed += 1;
    console.log(`failed  ${title}: ${error.stack}`);
  }
}

/** Runs `action` with each party. The outcomes must be equal and, if `holds` is given, pass its check. */
export function same(title, parties, action, holds = () => {}) {
  return feature(parties[1].way === 'gate' ? title : `${parties[1].way}: ${title}`, async () => {
    const outcomes = [];
    for (const party of parties) {
      party.questions.length = 0;
      outcomes.push(stable(await action(party), party));
    }
    holds(outcomes[0]);
    assert.deepEqual(outcomes[1], outcomes[0]);
  });
}

/** Returns how a request failed, in the same form for every client library. */
export const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    // The library turns a 404 into this code. The modern era requires a 404 for an unknown method.
    const code = error.code === 'CLIENT_HTTP_NOT_IMPLEMENTED' ? -32601 : error.code;
    return { code, message: error.message.replace(/^MCP error -?\d+: /, '') };
  }
  return 'no error';
};

export const some = (list) => assert.ok(Array.isArray(list) ? list.length > 0 : list, 'there is a result to compare');

export const toolsAreEqual = (parties, server) => same(`${server}: tools/list`, parties, async (party) => {
  const { tools } = await party.request('tools/list');
  // Tasks are not offered to clients yet: `execution` has no meaning with a gate, and tools that can't be called are removed.
  const callable = party.ours(tools).filter((tool) => tool.execution?.taskSupport !== 'required');
  return callable.map(({ execution, ...tool }) => ({ ...tool, name: party.own(tool.name) }));
}, some);

/** Prints the result and ends the process. */
export function conclude() {
  fs.rmSync(root, { recursive: true, force: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}
