// Uses the Inspector's command line, an independent client, through callgate. real.sh runs this script; CALLGATE names the program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

const require = createRequire(import.meta.url);
const folderOf = (name) => path.dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`));
const inspector = path.join(folderOf('inspector'), JSON.parse(
  fs.readFileSync(path.join(folderOf('inspector'), 'package.json'))).bin['mcp-inspector']);
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cg-inspector-'));
const environment = {
  ...process.env, HOME: root, CALLGATE_CONFIG: path.join(root, 'config.json'), CALLGATE_STATE: path.join(root, 'state'),
};
const node = (name, ...args) => ({ command: process.execPath, args: [path.join(folderOf(name), 'dist', 'index.js'), ...args] });
fs.writeFileSync(environment.CALLGATE_CONFIG, JSON.stringify({
  mcpServers: { everything: node('server-everything'), filesystem: node('server-filesystem', root) },
}));

function inspect(...words) {
  const flags = ['-e', `CALLGATE_CONFIG=${environment.CALLGATE_CONFIG}`, '-e', `CALLGATE_STATE=${environment.CALLGATE_STATE}`];
  const text = execFileSync(process.execPath, [inspector, '--cli', ...flags, process.env.CALLGATE, ...words], {
    env: environment, encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text.slice(text.indexOf('{')));
}

let passed = 0;
let failed = 0;
function check(title, action) {
  try {
    action();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`failed  ${title}: ${error.stack}\n${error.stderr ?? ''}`);
  }
}

check('tools/list', () => {
  const names = inspect('--method', 'tools/list').tools.map((tool) => tool.name);
  assert.ok(names.includes('everything__echo') && names.includes('filesystem__list_directory'), names.join(' '));
});
check('tools/call', () => {
  const result = inspect('--method', 'tools/call', '--tool-name', 'everything__get-sum', '--tool-arg', 'a=2', '--tool-arg', 'b=40');
  assert.match(result.content[0].text, /42/);
});
check('prompts/list', () => assert.ok(inspect('--method', 'prompts/list').prompts.length > 0));
check('resources/list', () => assert.ok(inspect('--method', 'resources/list').resources.length > 0));
check('the record', () => {
  const { calls } = JSON.parse(execFileSync(process.env.CALLGATE, ['history', '--json'], { env: environment }));
  assert.deepEqual(calls.map((call) => [call.server, call.tool, call.outcome]), [['everything', 'get-sum', 'ok']]);
  assert.match(calls[0].client.name, /inspector/i);
});
fs.rmSync(root, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
