// A gate with a valid server and one with malformed items. The official client libraries, which drop a whole list if one item is invalid,
// list all valid items and all that can be mended. clients.sh runs this script; CALLGATE names the program.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Client as ClientOfSdk2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioOfSdk2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientOfSdk1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioOfSdk1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { conclude, feature, root } from './comparison.mjs';
import { hidden, listed, wholeLists } from './malformed-items.mjs';
import { environmentIn } from './serve.mjs';

const methods = {
  tools: 'tools/list', prompts: 'prompts/list', resources: 'resources/list', resourceTemplates: 'resources/templates/list',
};
const ask = { tools: 'listTools', prompts: 'listPrompts', resources: 'listResources', resourceTemplates: 'listResourceTemplates' };
const key = { tools: 'name', prompts: 'name', resources: 'uri', resourceTemplates: 'uriTemplate' };
const sound = {
  tools: '{"tools":[{"name":"good","inputSchema":{"type":"object","properties":{"a":{"type":"string"}}},"outputSchema":{"type":"object"}}]}',
  prompts: '{"prompts":[{"name":"good","arguments":[{"name":"a","required":true}]}]}',
  resources: '{"resources":[{"uri":"sound://good","name":"good"}]}',
  resourceTemplates: '{"resourceTemplates":[{"uriTemplate":"sound://good/{x}","name":"good"}]}',
};
const soundKeys = { tools: 'sound__good', prompts: 'sound__good', resources: 'sound://good', resourceTemplates: 'sound://good/{x}' };

const clients = {
  'sdk 1': () => [new ClientOfSdk1({ name: 'malformed', version: '1' }), StdioOfSdk1],
  'sdk 2, handshake': () => [new ClientOfSdk2({ name: 'malformed', version: '1' }, { versionNegotiation: { mode: 'legacy' } }), StdioOfSdk2],
  'sdk 2': () => [new ClientOfSdk2({ name: 'malformed', version: '1' }, { versionNegotiation: { mode: 'auto' } }), StdioOfSdk2],
};

let files = 0;
/** Returns the configuration of a server with these results, by list. */
function server(results) {
  const file = path.join(root, `lists-${++files}.json`);
  fs.writeFileSync(file, JSON.stringify(Object.fromEntries(Object.entries(results).map(([list, text]) => [methods[list], text]))));
  return { command: process.execPath, args: [path.join(import.meta.dirname, 'malformed-server.mjs'), file] };
}

const named = (items, word) => items.map((item, i) => item.replaceAll('$', `${word}${i}`));
const everything = (pick) => Object.fromEntries(Object.keys(methods).map((list) => [list, `{"${list}":[${pick(list).join(',')}]}`]));

/** Returns all keys that the client lists, or the error with which it dropped a list. */
async function listAll(way, servers) {
  const folder = fs.mkdtempSync(path.join(root, 'gate-'));
  const env = environmentIn(folder);
  // A first list waits for all servers, because on a busy machine so many processes start slowly.
  fs.writeFileSync(env.CALLGATE_CONFIG, JSON.stringify({ mcpServers: servers, limits: { first_list: '30s' } }));
  const [client, Transport] = clients[way]();
  await client.connect(new Transport({ command: process.env.CALLGATE, env, stderr: 'ignore' }));
  const keys = {};
  try {
    for (const list of Object.keys(methods)) {
      keys[list] = [];
      let cursor;
      do {
        const page = await client[ask[list]](cursor === undefined ? {} : { cursor });
        keys[list].push(...page[list].map((item) => item[key[list]]));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
    }
  } finally {
    await client.close();
  }
  return keys;
}

function expectSound(keys) {
  for (const [list, one] of Object.entries(soundKeys)) assert.ok(keys[list].includes(one), `${list} has ${one}`);
}

/** Returns the items that make a client drop a list even alone, so that a person can find the fault. */
async function culprits(way) {
  const found = [];
  for (const list of Object.keys(methods)) {
    for (const item of [...named(listed[list], 'l'), ...named(hidden[list], 'h')]) {
      const servers = { sound: server(sound), odd: server({ [list]: `{"${list}":[${item}]}` }) };
      await listAll(way, servers).then(expectSound).catch(() => found.push(`${list}: ${item.slice(0, 300)}`));
    }
  }
  return found;
}

for (const way of Object.keys(clients)) {
  await feature(`${way}: malformed items hide no other items`, async () => {
    const odd = server(everything((list) => [...named(listed[list], 'l'), ...named(hidden[list], 'h')]));
    let keys;
    try {
      keys = await listAll(way, { sound: server(sound), odd });
    } catch (error) {
      throw new Error(`${error}\nalone, these do it:\n${(await culprits(way)).join('\n')}`);
    }
    expectSound(keys);
    for (const list of Object.keys(methods)) {
      const prefix = { tools: 'odd__', prompts: 'odd__' }[list] ?? 'odd://';
      const own = keys[list].filter((one) => one.startsWith(prefix)).map((one) => /[lh]\d+/.exec(one)[0]);
      assert.deepEqual(own, listed[list].map((_, i) => `l${i}`), `the odd server's ${list}`);
    }
  });
  await feature(`${way}: malformed lists hide no other lists`, async () => {
    const odd = wholeLists.map((text, i) => [`odd${i}`, server(Object.fromEntries(
      Object.keys(methods).map((list) => [list, text.replace('LIST', list)])))]);
    expectSound(await listAll(way, { sound: server(sound), ...Object.fromEntries(odd) }));
  });
}
conclude();
