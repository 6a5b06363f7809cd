// Serves the fixture servers over Streamable HTTP, each in the transport of its era. It shares no code with callgate or with an SDK, and
// it is strict: a request that lacks a field, or whose fields contradict its body, is refused. Sources: MCP 2025-11-25 and 2026-07-28,
// "Transports", "Streamable HTTP".
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import process from 'node:process';
import readline from 'node:readline';

const modernRevision = '2026-07-28';
const metaKey = (name) => `io.modelcontextprotocol/${name}`;

class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** One process of a fixture. `came` gets each of its messages. */
class FixtureProcess {
  constructor(era, came) {
    this.child = spawn(process.execPath, [path.join(import.meta.dirname, `fixture-${era}.mjs`)], { stdio: ['pipe', 'pipe', 'ignore'] });
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => came(JSON.parse(line)));
    this.child.stdin.on('error', () => {});
  }

  send(message) {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  end() {
    this.child.kill();
  }
}

function json(response, status, message, fields = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...fields }).end(JSON.stringify(message));
}

function stream(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
}

const event = (response, message) => response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);

/** The transport of 2025-11-25 and earlier: a session has one process, and a stream for messages that belong to no request. */
class LegacySession {
  constructor() {
    this.id = crypto.randomUUID();
    this.open = new Map(); // the answers' streams, by the id of the request
    this.tokens = new Map(); // the ids of requests, by progress token
    this.held = []; // messages for which there is no stream yet
    this.process = new FixtureProcess('legacy', (message) => this.came(message));
  }

  came(message) {
    if (message.method === undefined) return this.answered(message);
    const own = this.open.get(this.tokens.get(message.params?.progressToken));
    const newest = [...this.open.values()].at(-1);
    // Changes belong to no call. On different streams, a log message and the answer of its call could arrive in either order.
    const change = /\/(list_changed|updated)$/.test(message.method);
    const to = own ?? (change ? null : newest) ?? this.stream;
    if (to) event(to, message);
    else this.held.push(message);
  }

  answered(message) {
    const response = this.open.get(message.id);
    this.open.delete(message.id);
    if (!response) return;
    if (this.greeting === message.id) return json(response, 200, message, { 'mcp-session-id': this.id });
    event(response, message);
    response.end();
  }

  post(message, response) {
    if (message.method === undefined || message.id === undefined) {
      this.process.send(message);
      return response.writeHead(202).end();
    }
    if (message.method === 'initialize') this.greeting = message.id;
    else stream(response);
    const token = message.params?._meta?.progressToken;
    if (token !== undefined) this.tokens.set(token, message.id);
    this.open.set(message.id, response);
    this.process.send(message);
  }

  listen(response) {
    if (this.stream) throw new Refusal(409, -32000, 'The session has a stream already');
    stream(response);
    this.stream = response;
    response.on('close', () => { this.stream = null; });
    for (const message of this.held.splice(0)) event(response, message);
  }

  end() {
    this.process.end();
    for (const response of [...this.open.values(), this.stream]) response?.end();
  }
}

class LegacyServer {
  constructor() {
    this.sessions = new Map();
  }

  session({ 'mcp-session-id': id, 'mcp-protocol-version': version }) {
    if (id === undefined) throw new Refusal(400, -32000, 'Mcp-Session-Id is missing');
    const session = this.sessions.get(id);
    if (!session) throw new Refusal(404, -32001, 'Session not found');
    if (!/^\d{4}-\d\d-\d\d$/.test(version ?? '')) throw new Refusal(400, -32000, 'MCP-Protocol-Version is missing');
    return session;
  }

  post(message, { headers }, response) {
    // A server of these revisions knows no newer method, and has no session for it.
    if (message.method === 'server/discover') throw new Refusal(400, -32000, 'Server not initialized');
    if (message.method !== 'initialize') return this.session(headers).post(message, response);
    if (headers['mcp-session-id'] !== undefined) throw new Refusal(400, -32000, 'initialize begins a session and has none');
    const session = new LegacySession();
    this.sessions.set(session.id, session);
    session.post(message, response);
  }

  get({ headers }, response) {
    if (!headers.accept?.includes('text/event-stream')) throw new Refusal(406, -32000, 'Accept lacks text/event-stream');
    this.session(headers).listen(response);
  }

  delete({ headers }, response) {
    const session = this.session(headers);
    this.sessions.delete(session.id);
    session.end();
    response.writeHead(200).end();
  }

  end() {
    for (const session of this.sessions.values()) session.end();
  }
}

/** Decodes a field whose value may have characters that a field cannot have. */
function decoded(value) {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value ?? '')?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString();
}

function checkModern({ method, params = {} }, { headers }) {
  const differ = (field) => new Refusal(400, -32020, `${field} does not match the body`);
  if (headers['mcp-session-id'] !== undefined) throw new Refusal(400, -32600, 'There are no sessions in this revision');
  if (headers['mcp-protocol-version'] !== params._meta?.[metaKey('protocolVersion')]) throw differ('MCP-Protocol-Version');
  if (headers['mcp-method'] !== method) throw differ('Mcp-Method');
  const name = { 'tools/call': params.name, 'prompts/get': params.name, 'resources/read': params.uri }[method];
  if (name !== undefined && decoded(headers['mcp-name']) !== name) throw differ('Mcp-Name');
}

/**
 * The transport of 2026-07-28: requests of all clients are independent and go to one process. That process has one number range, so ids,
 * progress tokens and ids of subscriptions get numbers of our own on the way to it.
 */
class ModernServer {
  constructor() {
    this.lastId = 0;
    this.open = new Map(); // {response, request} by our id
    this.process = new FixtureProcess('modern', (message) => this.came(message));
  }

  post(message, request, response) {
    checkModern(message, request);
    if (message.id === undefined) {
      this.process.send(message);
      return response.writeHead(202).end();
    }
    this.lastId += 1;
    const id = this.lastId;
    const meta = { ...message.params?._meta };
    if (meta.progressToken !== undefined) meta.progressToken = id;
    this.open.set(id, { response, request: message });
    // Closing the stream is how a client of this revision cancels its request.
    response.on('close', () => {
      if (this.open.delete(id)) this.process.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
    });
    this.process.send({ ...message, id, params: { ...message.params, _meta: meta } });
  }

  came(message) {
    if (message.method === undefined) return this.answered(message);
    const { params } = message;
    const subscription = params?._meta?.[metaKey('subscriptionId')];
    const about = this.open.get(subscription ?? params?.progressToken)
      ?? [...this.open.values()].findLast(({ request }) => request.method !== 'subscriptions/listen');
    if (!about) return;
    if (!about.response.headersSent) stream(about.response);
    event(about.response, {
      ...message,
      params: {
        ...params,
        ...(params?.progressToken !== undefined && { progressToken: about.request.params._meta.progressToken }),
        ...(subscription !== undefined && { _meta: { ...params._meta, [metaKey('subscriptionId')]: about.request.id } }),
      },
    });
  }

  answered(message) {
    const about = this.open.get(message.id);
    this.open.delete(message.id);
    if (!about) return;
    const { response, request } = about;
    const answer = { ...message, id: request.id };
    if (!response.headersSent) {
      const code = message.error?.code;
      return json(response, code === -32601 ? 404 : [-32020, -32021, -32022, -32600].includes(code) ? 400 : 200, answer);
    }
    event(response, answer);
    response.end();
  }

  get() {
    throw new Refusal(405, -32000, 'This revision has only POST');
  }

  delete() {
    return this.get();
  }

  end() {
    this.process.end();
    for (const { response } of this.open.values()) response.end();
  }
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks));
}

async function serve(server, request, response) {
  const { accept = '', 'content-type': type = '' } = request.headers;
  if (request.method === 'GET') return server.get(request, response);
  if (request.method === 'DELETE') return server.delete(request, response);
  if (request.method !== 'POST') throw new Refusal(405, -32000, 'Method not allowed');
  if (!accept.includes('application/json') || !accept.includes('text/event-stream')) throw new Refusal(406, -32000, 'Accept lacks a type');
  if (!type.startsWith('application/json')) throw new Refusal(415, -32000, 'Content-Type is not application/json');
  return server.post(await bodyOf(request), request, response);
}

/** Serves a fixture on a free port. `era` is legacy or modern. Resolves to its URL and a function that ends it. */
export async function serveFixture(era) {
  const server = era === 'legacy' ? new LegacyServer() : new ModernServer();
  const listener = http.createServer((request, response) => {
    serve(server, request, response).catch(({ status = 400, code = -32700, message }) =>
      json(response, status, { jsonrpc: '2.0', id: null, error: { code, message } }));
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${listener.address().port}/mcp`,
    end: () => {
      server.end();
      listener.close();
      listener.closeAllConnections();
    },
  };
}
