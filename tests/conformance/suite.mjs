// Runs the conformance suite, and counts which of its scenarios pass. A scenario passes if none of its checks failed and at least one
// succeeded. There is no list of expected failures.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const suite = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
export const revisions = ['2025-11-25', '2026-07-28'];

const results = { passed: 0, failed: 0 };
export function report(ok, title, notes = []) {
  results[ok ? 'passed' : 'failed'] += 1;
  console.log(`  ${ok ? 'passed ' : 'FAILED '} ${title}`);
  for (const note of notes) console.log(`            ${note.replaceAll('\n', '\n            ')}`);
}

/** Prints the sums and ends the process. */
export function conclude() {
  console.log(`\n${results.passed} passed, ${results.failed} failed`);
  process.exit(results.failed > 0 ? 1 : 0);
}

export const chosen = (all, one) => all.filter((name) => !one || name === one);

export function freshFolder(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

const list = (...words) => execFileSync(process.execPath, [suite, 'list', ...words], { encoding: 'utf8' }).split('\n');

/**
 * Returns the scenarios of a revision for one side (server or client). For the two latest revisions, these are the frozen set and what the
 * suite runs with it but does not score.
 */
export function scenariosFor(revision, side) {
  const lines = revisions.includes(revision) ? list('--requirements', revision) : list(`--${side}`, '--spec-version', revision);
  const names = [];
  let heading = '';
  for (const line of lines) {
    const [, scenario, marked] = /^ +- (\S+)(?: \[(\S+)\])?$/.exec(line) ?? [];
    if (!scenario) heading = line;
    else if (marked === side || heading.toLowerCase().startsWith(side)) names.push(scenario);
  }
  return names;
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

/** Runs the suite with these words for at most `limit` ms, and writes its output to `log`. Resolves to its exit code, or null if it was killed. */
export async function runSuite(words, log, limit, verbose = false) {
  const child = spawn(process.execPath, [suite, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const sink = fs.createWriteStream(log);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => sink.write(chunk));
    if (verbose) stream.pipe(process.stdout);
  }
  const code = await ended(child, limit);
  await new Promise((resolve) => sink.end(resolve));
  return code;
}

/** Returns the folders of scenarios that the suite wrote into `folder`, by the scenario's name. `prefix` begins the name of each folder. */
export function scenarioFolders(folder, prefix = '') {
  const found = new Map();
  for (const file of fs.readdirSync(folder, { recursive: true }).sort()) {
    const scenario = /^(.*)-\d{4}-\d{2}-\d{2}T[^/]*$/.exec(file)?.[1];
    if (scenario?.startsWith(prefix)) found.set(scenario.slice(prefix.length), path.join(folder, file));
  }
  return found;
}

/** Returns the checks of a scenario, or null if it broke off. */
export function checksIn(folder) {
  const file = path.join(folder, 'checks.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
}

/** Returns whether a scenario passed, and notes for people about its checks. Checks that begin with "scenario:id" in `exempt` don't count. */
export function judgement(scenario, checks, exempt = {}) {
  if (!checks) return { ok: false, notes: ['the scenario broke off; see the log'] };
  const about = ({ id, errorMessage, description }) => `${id}: ${errorMessage ?? description}`;
  const counted = checks.filter(({ id }) => !(`${scenario}:${id}` in exempt));
  const failures = counted.filter(({ status }) => status === 'FAILURE');
  const warnings = counted.filter(({ status }) => status === 'WARNING').map((check) => `warning: ${about(check)}`);
  const successes = counted.filter(({ status, id }) => status === 'SUCCESS' && id !== 'wire-schema-valid');
  const notes = [...failures.map(about), ...warnings];
  if (failures.length === 0 && successes.length === 0) notes.unshift('nothing was tested');
  return { ok: failures.length === 0 && successes.length > 0, notes };
}
