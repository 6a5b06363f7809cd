// A client of callgate on stdio that sends JSON-RPC as it is written, in either era. No library stands between a test and the gate, so
// that null, unusual texts and unknown members arrive at the gate unchanged.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { patience } from './serve.mjs';

export class RpcError extends Error {
  constructor({ code, message, data }) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const clientInfo = { name: 'conformance', version: '1.0' };
const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const modernRevision = '2026-07-28';
const legacyRevision = '2025-11-25';

export class StdioClient {
  /**
   * `answers` has a function for each method that a server may call, which gets the params and returns the result. The member
   * `beforeAnswer` is called before each of these answers.
   */
  constructor({ callgate, environment, era, answers }) {
    this.era = era;
    this.answers = answers;
    this.beforeAnswer = async () => {};
    this.lastId = 0;
    this.waiting = new Map();
    this.errors = '';
    this.child = spawn(callgate, [], { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.on('data', (chunk) => { this.errors += chunk; });
    this.child.stdin.on('error', () => {});
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => this.#came(JSON.parse(line)));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        for (const { reject } of this.waiting.values()) reject(new Error(`callgate ended with ${code}`));
        resolve(code);
      });
    });
  }

  #send(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  async #came(message) {
    if (message.method === undefined) {
      const { resolve, reject } = this.waiting.get(message.id) ?? {};
      this.waiting.delete(message.id);
      if (message.error) reject?.(new RpcError(message.error));
      else resolve?.(message.result);
    } else if (message.id !== undefined) {
      if (this.answers[message.method]) this.#send({ id: message.id, result: await this.#answer(message) });
      else this.#send({ id: message.id, error: { code: -32601, message: 'Method not found' } });
    }
  }

  async #answer({ method, params = {} }) {
    await this.beforeAnswer();
    return this.answers[method](params);
  }

  /** Sends one request and resolves to its result. */
  once(method, params) {
    const id = ++this.lastId;
    const { _meta, ...rest } = params;
    const meta = this.era === 'legacy' ? _meta : {
      ..._meta, 'io.modelcontextprotocol/protocolVersion': modernRevision, 'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} has no answer after ${patience} ms`)), patience);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#send({ id, method, params: { ...rest, ...(meta && { _meta: meta }) } });
    });
  }

  /** Sends a request, and sends it again with what the server asks for. */
  async request(method, params = {}) {
    let result = await this.once(method, params);
    while (result.resultType === 'input_required') {
      const inputResponses = {};
      for (const [key, question] of Object.entries(result.inputRequests ?? {})) {
        inputResponses[key] = await this.#answer(question);
      }
      const { requestState } = result;
      result = await this.once(method, { ...params, inputResponses, ...(requestState !== undefined && { requestState }) });
    }
    return result;
  }

  async start() {
    if (this.era === 'modern') return this.request('server/discover');
    const result = await this.request('initialize', { protocolVersion: legacyRevision, capabilities, clientInfo });
    this.#send({ method: 'notifications/initialized' });
    return result;
  }

  /** Closes the connection, and resolves to the exit code of callgate. */
  async stop() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patience);
    const code = await this.ended;
    clearTimeout(timer);
    return code;
  }
}
