// JSON-RPC on stdin and stdout, one message a line, and nothing of MCP: what both fixture servers stand on. Written by hand so that
// a fixture sends exactly the bytes that a test needs, also those that no SDK would let it send.
import process from 'node:process';
import readline from 'node:readline';

/** An answer that is a JSON-RPC error. */
export class RpcError extends Error {
  constructor(code, message, data) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export class Connection {
  /**
   * `request(method, params, {id, signal})` gives a result or throws; `signal` is aborted when the client cancels, and then nothing
   * is answered. `notification(method, params)` gives nothing.
   */
  constructor({ request, notification = () => {} }) {
    this.request = request;
    this.notification = notification;
    this.running = new Map(); // by the client's id, as it came
    this.asked = new Map(); // by our id
    this.lastId = 0;
  }

  start() {
    readline.createInterface({ input: process.stdin }).on('line', (line) => this.#came(line)).on('close', () => process.exit(0));
  }

  send(message) {
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  notify(method, params) {
    this.send({ method, params });
  }

  /** A request of ours to the client: the legacy revisions only. */
  ask(method, params) {
    this.lastId += 1;
    const id = `fixture-${this.lastId}`;
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }

  #came(line) {
    const message = JSON.parse(line); // anything else is a mistake of the one under test, and ends us visibly
    if (message.method === undefined) return this.#answered(message);
    if (message.id !== undefined) return this.#serve(message);
    if (message.method === 'notifications/cancelled') this.running.get(message.params?.requestId)?.abort();
    return this.notification(message.method, message.params ?? {});
  }

  #answered({ id, result, error }) {
    const question = this.asked.get(id);
    if (!question) throw new Error(`an answer to a question that was never asked: ${JSON.stringify(id)}`);
    this.asked.delete(id);
    if (error) question.reject(new RpcError(error.code, error.message, error.data));
    else question.resolve(result);
  }

  async #serve({ id, method, params = {} }) {
    if (this.running.has(id)) throw new Error(`the id ${JSON.stringify(id)} is in use`);
    const controller = new AbortController();
    this.running.set(id, controller);
    let answer;
    try {
      answer = { id, result: await this.request(method, params, { id, signal: controller.signal }) };
    } catch (error) {
      const { code = -32603, message, data } = error;
      answer = { id, error: { code: Number.isInteger(code) ? code : -32603, message, data } };
    }
    this.running.delete(id);
    if (!controller.signal.aborted) this.send(answer);
  }
}

/** Waits, unless the client cancels. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('cancelled'));
    });
  });
}

/** One page of a list, where `size` says that there are pages at all. The cursor is the index, dressed so that nobody guesses it. */
export function page(key, items, cursor, size = 0) {
  if (size === 0 && cursor === undefined) return { [key]: items };
  const begin = cursor === undefined ? 0 : Number(/^after:(\d+)$/.exec(Buffer.from(cursor, 'base64url'))?.[1] ?? NaN);
  if (!(begin >= 0 && begin <= items.length)) throw new RpcError(-32602, 'Invalid cursor');
  const end = begin + size;
  const next = end < items.length ? { nextCursor: Buffer.from(`after:${end}`).toString('base64url') } : {};
  return { [key]: items.slice(begin, end), ...next };
}

/** The number behind a flag of our own command line. */
export function option(name, otherwise) {
  const index = process.argv.indexOf(name);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
}
