// Runs the conformance suite against callgate, with each fixture server and each of the two frozen sets of requirements. Each of these
// four combinations has its own gate and its own run of the suite. A scenario passes if none of its checks failed and at least one
// succeeded. There is no list of expected failures. run.sh runs this script.
// usage: run.mjs CALLGATE OUTDIR [--only SCENARIO] [--fixture legacy|modern] [--requirements REVISION] [--verbose]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { patience, ServedGate } from './serve.mjs';

const { values: options, positionals: [callgate, out] } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' }, fixture: { type: 'string' }, requirements: { type: 'string' }, verbose: { type: 'boolean', default: false },
  },
});
const here = import.meta.dirname;
const suite = path.join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

// Scenarios that can't apply, by combination, then by scenario or by one check of a scenario ("scenario:check"). Failures are not here.
const noChecks = 'the suite has no check in it yet';
const noTasks = 'a server with a handshake does not have this extension';
const notRun = {
  'legacy 2025-11-25': {},
  'modern 2025-11-25': {},
  'modern 2026-07-28': { 'tasks-status-notifications': noChecks },
  'legacy 2026-07-28': {
    'tasks-status-notifications': noChecks,
    ...Object.fromEntries(['lifecycle', 'capability-negotiation', 'wire-fields', 'request-state-removal', 'mrtr-input', 'request-headers',
      'dispatch-and-envelope', 'required-task-error', 'mrtr-composition'].map((name) => [`tasks-${name}`, noTasks])),
    'input-required-result-basic-elicitation': 'it requires the key that the server chose, and questions of the older revisions have no key',
    'input-required-result-ignore-extra-params': 'it answers with such a key before it got a question',
  },
};

const results = { passed: 0, failed: 0 };
function report(ok, title, notes = []) {
  results[ok ? 'passed' : 'failed'] += 1;
  console.log(`  ${ok ? 'passed ' : 'FAILED '} ${title}`);
  for (const note of notes) console.log(`            ${note.replaceAll('\n', '\n            ')}`);
}

/** Waits until a process ends, and kills it after `limit`. Resolves to its exit code, or null if it was killed. */
function ended(child, limit) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

/** The configuration of the fixture as the only server, with the names that the suite knows, and with pages for the gate to join. */
const serverOf = (fixture) => ({
  fixture: {
    command: process.execPath, args: [path.join(here, `fixture-${fixture}.mjs`), '--page', '7'], prefix: 'never',
    ...(fixture === 'modern' && { era: 'modern' }),
  },
});

/** Runs the suite and returns the checks of each scenario that it ran. */
async function suiteAgainst(url, revision, folder) {
  const which = options.only
    ? ['--scenario', options.only, '--spec-version', revision, '--force', ...(options.verbose ? ['--verbose'] : [])]
    : ['--requirements', revision];
  const child = spawn(process.execPath, [suite, 'server', '--url', url, ...which, '-o', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = fs.createWriteStream(path.join(folder, 'suite.log'));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => log.write(chunk));
    if (options.verbose) stream.pipe(process.stdout);
  }
  const code = await ended(child, 40 * patience);
  const scenarios = new Map();
  for (const name of fs.readdirSync(folder).sort()) {
    const scenario = /^server-(.*)-\d{4}-\d{2}-\d{2}T/.exec(name)?.[1];
    const file = path.join(folder, name, 'checks.json');
    if (scenario) scenarios.set(scenario, fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null);
  }
  return { code, scenarios };
}

function judge(scenario, checks, exempt) {
  if (!checks) return report(false, scenario, ['the scenario broke off; see suite.log']);
  const about = ({ id, errorMessage, description }) => `${id}: ${errorMessage ?? description}`;
  const counted = checks.filter(({ id }) => !(`${scenario}:${id}` in exempt));
  const failures = counted.filter(({ status }) => status === 'FAILURE');
  const warnings = counted.filter(({ status }) => status === 'WARNING').map((check) => `warning: ${about(check)}`);
  const successes = counted.filter(({ status, id }) => status === 'SUCCESS' && id !== 'wire-schema-valid');
  const notes = [...failures.map(about), ...warnings];
  if (failures.length === 0 && successes.length === 0) notes.unshift('nothing was tested');
  return report(failures.length === 0 && successes.length > 0, scenario, notes);
}

async function combination(fixture, revision) {
  const name = `${fixture} ${revision}`;
  console.log(`\n${fixture} server, client of ${revision}`);
  const folder = path.join(out, 'logs', name.replace(' ', '-'));
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const gate = new ServedGate({
    callgate, servers: serverOf(fixture), log: path.join(folder, 'callgate.log'), words: options.verbose ? ['--verbose'] : [],
  });
  try {
    const { code, scenarios } = await suiteAgainst(await gate.url, revision, folder);
    if (code === null || scenarios.size === 0) report(false, 'the suite runs to its end', [`it ended with ${code}; see ${folder}/suite.log`]);
    for (const [scenario, checks] of scenarios) {
      if (!(scenario in notRun[name])) judge(scenario, checks, notRun[name]);
    }
    for (const [what, why] of Object.entries(notRun[name])) {
      if (!options.only || what.split(':')[0] === options.only) console.log(`  not run ${what}: ${why}`);
    }
  } catch (error) {
    report(false, 'callgate serves', [error.message]);
  }
  const code = await gate.stop();
  gate.remove();
  report(code === 0, 'the gate ends when it is told to', code === 0 ? [] : [`it ended with ${code}`]);
}

const chosen = (all, one) => all.filter((name) => !one || name === one);
for (const revision of chosen(['2025-11-25', '2026-07-28'], options.requirements)) {
  for (const fixture of chosen(['legacy', 'modern'], options.fixture)) await combination(fixture, revision);
}
console.log(`\n${results.passed} passed, ${results.failed} failed`);
process.exit(results.failed > 0 ? 1 : 0);
