// Starts servers that are reached over HTTP.
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { deadline, serverScript } from './comparison.mjs';

/** Starts a script, which listens on a free port. Resolves to its URL with the path `at`, and a function that ends it. */
export async function serveScript(script, words, at) {
  const child = spawn(process.execPath, ['--import', path.join(import.meta.dirname, 'free-port.mjs'), script, ...words], {
    env: { PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server does not listen:\n${errors}`)), deadline);
    child.on('close', () => reject(new Error(`the server has ended:\n${errors}`)));
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      const listens = /^listens on port (\d+)$/m.exec(errors);
      if (!listens) return;
      clearTimeout(timer);
      resolve(listens[1]);
    });
  });
  return { url: `http://127.0.0.1:${port}${at}`, end: () => child.kill() };
}

/** Starts the server "everything". `transport` is streamableHttp or sse. */
export const serveEverything = (transport) =>
  serveScript(serverScript('server-everything'), [transport], transport === 'sse' ? '/sse' : '/mcp');
