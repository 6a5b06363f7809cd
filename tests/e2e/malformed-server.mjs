// A server that sends its lists unchanged, without a library that would check them.
// usage: malformed-server.mjs FILE     FILE is a JSON object with the result of each list method as text; an absent method has an empty list
import fs from 'node:fs';
import process from 'node:process';
import readline from 'node:readline';

const results = JSON.parse(fs.readFileSync(process.argv[2]));
const members = {
  'tools/list': 'tools', 'prompts/list': 'prompts', 'resources/list': 'resources', 'resources/templates/list': 'resourceTemplates',
};
const hello = '{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"prompts":{},"resources":{}},"serverInfo":{"name":"m","version":"1"}}';

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const result = results[method] ?? (members[method] ? `{"${members[method]}":[]}` : method === 'initialize' ? hello : '{}');
  process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}\n`);
});
