// Runs the conformance suite against callgate, with each fixture server and each of the two frozen sets of requirements. Each of these
// four combinations has its own gate and its own run of the suite. run.sh runs this script.
// usage: run-server.mjs CALLGATE OUTDIR [--only SCENARIO] [--fixture legacy|modern] [--requirements REVISION] [--verbose]
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { patience, ServedGate } from './serve.mjs';
import { checksIn, chosen, conclude, freshFolder, judgement, report, revisions, runSuite, scenarioFolders } from './suite.mjs';

const { values: options, positionals: [callgate, out] } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' }, fixture: { type: 'string' }, requirements: { type: 'string' }, verbose: { type: 'boolean', default: false },
  },
});
const here = import.meta.dirname;

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

/** The configuration of the fixture as the only server, with the names that the suite knows, and with pages for the gate to join. */
const serverOf = (fixture) => ({
  fixture: {
    command: process.execPath, args: [path.join(here, `fixture-${fixture}.mjs`), '--page', '7'], prefix: 'never',
    ...(fixture === 'modern' && { era: 'modern' }),
  },
});

/** Runs the suite. Resolves to its exit code, and the checks of each scenario that it ran. */
async function suiteAgainst(url, revision, folder) {
  const which = options.only
    ? ['--scenario', options.only, '--spec-version', revision, '--force', ...(options.verbose ? ['--verbose'] : [])]
    : ['--requirements', revision];
  const code = await runSuite(['server', '--url', url, ...which, '-o', folder], path.join(folder, 'suite.log'), 40 * patience, options.verbose);
  return { code, scenarios: new Map([...scenarioFolders(folder, 'server-')].map(([name, where]) => [name, checksIn(where)])) };
}

async function combination(fixture, revision) {
  const name = `${fixture} ${revision}`;
  console.log(`\n${fixture} server, client of ${revision}`);
  const folder = freshFolder(path.join(out, 'logs', name.replace(' ', '-')));
  const gate = new ServedGate({
    callgate, servers: serverOf(fixture), log: path.join(folder, 'callgate.log'), words: options.verbose ? ['--verbose'] : [],
  });
  try {
    const { code, scenarios } = await suiteAgainst(await gate.url, revision, folder);
    if (code === null || scenarios.size === 0) report(false, 'the suite runs to its end', [`it ended with ${code}; see ${folder}/suite.log`]);
    for (const [scenario, checks] of scenarios) {
      if (scenario in notRun[name]) continue;
      const { ok, notes } = judgement(scenario, checks, notRun[name]);
      report(ok, scenario, notes);
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

for (const revision of chosen(revisions, options.requirements)) {
  for (const fixture of chosen(['legacy', 'modern'], options.fixture)) await combination(fixture, revision);
}
conclude();
