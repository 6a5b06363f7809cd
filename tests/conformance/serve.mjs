// Runs `callgate serve` on a free port, with its own configuration.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export const patience = 20_000 * Number(process.env.E2E_SLOW ?? 1);

/** Returns the environment of a gate. Of our own variables, it has only those for sanitizers. */
export function environmentIn(folder) {
  const passed = ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LSAN_OPTIONS'].filter((name) => name in process.env);
  return {
    PATH: process.env.PATH, HOME: folder, CALLGATE_CONFIG: path.join(folder, 'config.json'), CALLGATE_STATE: path.join(folder, 'state'),
    ...Object.fromEntries(passed.map((name) => [name, process.env[name]])),
  };
}

export class ServedGate {
  /** `servers` is the mcpServers of its configuration, `log` a file for its output. Its folder is temporary, because its path must be short. */
  constructor({ callgate, servers, log, words = [], environment = {} }) {
    this.callgate = callgate;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cg-serve-'));
    this.environment = { ...environmentIn(this.folder), ...environment };
    fs.writeFileSync(this.environment.CALLGATE_CONFIG, JSON.stringify({ mcpServers: servers }, null, 2));
    this.child = spawn(callgate, ['serve', '--listen', '127.0.0.1:0', '--no-token', ...words], {
      env: this.environment, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.output = '';
    this.gone = new Promise((resolve) => {
      this.child.on('close', resolve);
      this.child.on('error', (error) => {
        this.output += `${error}\n`;
        resolve(null);
      });
    });
    this.#read(log);
  }

  #read(log) {
    const sink = log ? fs.createWriteStream(log) : null;
    /** Resolves to the URL of the endpoint /mcp. */
    this.url = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no URL came within ${patience} ms:\n${this.output}`)), patience);
      const came = (chunk) => {
        sink?.write(chunk);
        this.output += chunk;
        const url = /https?:\/\/[^\s"]+(?=[\s"])/.exec(this.output)?.[0];
        if (!url) return;
        clearTimeout(timer);
        resolve(new URL('/mcp', url).href);
      };
      this.child.stdout.on('data', came);
      this.child.stderr.on('data', came);
      this.gone.then((code) => {
        clearTimeout(timer);
        sink?.end();
        reject(new Error(`callgate serve ended with ${code}:\n${this.output}`));
      });
    });
  }

  /** Runs another command of callgate with this gate's record, and returns its JSON output. */
  json(...words) {
    return JSON.parse(execFileSync(this.callgate, words, { env: this.environment, maxBuffer: 1 << 28 }));
  }

  /** Stops the gate and waits for its end. Resolves to its exit code, or null if it had to be killed. */
  async stop() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patience);
    const code = await this.gone;
    clearTimeout(timer);
    return code;
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
