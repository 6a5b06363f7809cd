// Starts servers that are reached over HTTP. Each function resolves to the server's URL and a function that ends the server.
import { spawn } from 'node:child_process';
import net from 'node:net';
import process from 'node:process';
import { deadline, serverScript } from './comparison.mjs';

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the server "everything". `transport` is streamableHttp or sse. */
export async function serveEverything(transport) {
  const port = await freePort();
  const environment = { PATH: process.env.PATH, PORT: String(port) };
  const child = spawn(process.execPath, [serverScript('server-everything'), transport], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server does not listen:\n${errors}`)), deadline);
    child.on('close', () => reject(new Error(`the server has ended:\n${errors}`)));
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      if (!/on port/.test(errors)) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return { url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`, end: () => child.kill() };
}
