// JSON-RPC on stdin and stdout, one message in each line, without anything of MCP. Both fixture servers use it. It is written by hand so
// that a fixture can send exactly the bytes that a test needs, also bytes that no SDK would send.
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
    this.running = new Map(); // by the client's id, unchanged
    this.asked = new Map(); // by our own id
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

  /** Sends a request to the client. Only the legacy revisions allow this. */
  ask(method, params) {
    this.lastId += 1;
    const id = `fixture-${this.lastId}`;
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }

  #came(line) {
    const message = JSON.parse(line); // other text is a fault of the program under test, and ends this server visibly
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

/** Returns one page of a list, if `size` asks for pages. The cursor is the index in an opaque form. */
export function page(key, items, cursor, size = 0) {
  if (size === 0 && cursor === undefined) return { [key]: items };
  const begin = cursor === undefined ? 0 : Number(/^after:(\d+)$/.exec(Buffer.from(cursor, 'base64url'))?.[1] ?? NaN);
  if (!(begin >= 0 && begin <= items.length)) throw new RpcError(-32602, 'Invalid cursor');
  const end = begin + size;
  const next = end < items.length ? { nextCursor: Buffer.from(`after:${end}`).toString('base64url') } : {};
  return { [key]: items.slice(begin, end), ...next };
}

/** Returns the number after a flag of this program's command line. */
export function option(name, otherwise) {
  const index = process.argv.indexOf(name);
  return index < 0 ? otherwise : Number(process.argv[index + 1]);
}
