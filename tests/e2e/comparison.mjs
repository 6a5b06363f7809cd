// What a client gets through callgate is what it gets without: features run with two parties, and the outcomes must be equal. A
// party is one client with all that came to it unasked; which client and how it is connected is up to those who derive from it.
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

/** Every call that any party made, in order. */
export const calls = [];

/** Answers of our side to what servers ask. */
export const answers = {
  'sampling/createMessage': () => ({ model: 'none', role: 'assistant', content: { type: 'text', text: 'sampled' }, stopReason: 'endTurn' }),
  'elicitation/create': ({ mode }) => (mode === 'url' ? { action: 'accept' } : { action: 'accept', content: { name: 'somebody', integer: 7 } }),
  'roots/list': (params, party) => ({ roots: party.roots }),
};

export class Party {
  /** `way` is "direct" for a client of the server itself. Others see its tools and prompts behind its name. */
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

  /** Forgets what came unasked. */
  forget() {
    this.notifications.length = 0;
    this.questions.length = 0;
  }
}

/** Collects what `transport` delivers, besides its client. */
export function overhear(transport, raw) {
  const { onmessage } = transport;
  transport.onmessage = (message, ...rest) => {
    raw.push(message);
    onmessage.call(transport, message, ...rest);
  };
}

/** A result without what the revisions say in different ways: what kind it is, how long it holds, and which server it is from. */
export function plain({ resultType, ttlMs, cacheScope, _meta, ...result }) {
  const { 'io.modelcontextprotocol/serverInfo': server, ...meta } = _meta ?? {};
  return { ...result, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
}

/** What differs from run to run, replaced. */
function stable(value, party) {
  const text = JSON.stringify(value === undefined ? null : value)
    .replaceAll(path.join(root, party.way), 'FOLDER')
    .replace(/\d+:\d\d:\d\d( [AP]M)?/g, 'TIME')
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

/** Runs `action` with each; the outcomes must be equal, and hold if `holds` says what it must be like. */
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

/** How a request failed, the same for every client library. */
export const failure = async (promise) => {
  try {
    await promise;
  } catch (error) {
    // This is what the library makes of a 404, which the modern era wants for a method that nobody has.
    const code = error.code === 'CLIENT_HTTP_NOT_IMPLEMENTED' ? -32601 : error.code;
    return { code, message: error.message.replace(/^MCP error -?\d+: /, '') };
  }
  return 'no error';
};

export const some = (list) => assert.ok(Array.isArray(list) ? list.length > 0 : list, 'something is there to compare');

export const toolsAreEqual = (parties, server) => same(`${server}: tools/list`, parties, async (party) => {
  const { tools } = await party.request('tools/list');
  // Tasks are not offered to clients yet: `execution` has no meaning behind the gate, and what can't be called is left out.
  const callable = party.ours(tools).filter((tool) => tool.execution?.taskSupport !== 'required');
  return callable.map(({ execution, ...tool }) => ({ ...tool, name: party.own(tool.name) }));
}, some);

/** Says how it went and ends the process. */
export function conclude() {
  fs.rmSync(root, { recursive: true, force: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}
