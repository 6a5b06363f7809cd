// Runs the client side of the conformance suite: each scenario is a remote server of the suite, and callgate is its client (see
// client.mjs). The scenarios of each revision run twice, with an application of either era in front of callgate. A warning is a failure,
// too, and so is a client that ends with an error. run.sh runs this script.
// usage: run-client.mjs CALLGATE OUTDIR [--only SCENARIO] [--era legacy|modern] [--requirements REVISION] [--verbose]
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { patience } from './serve.mjs';
import { checksIn, chosen, conclude, freshFolder, judgement, report, revisions, runSuite, scenarioFolders, scenariosFor } from './suite.mjs';

const { values: options, positionals: [callgate, out] } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' }, era: { type: 'string' }, requirements: { type: 'string' }, verbose: { type: 'boolean', default: false },
  },
});
const client = path.join(import.meta.dirname, 'client.mjs');
const allRevisions = ['2025-03-26', '2025-06-18', ...revisions];
const atOnce = 2; // more of them would be late for scenarios that measure times

// Scenarios that can't apply, by the beginning of their names.
const notRun = {
  'auth/dpop': 'callgate does not bind tokens to a key (RFC 9449)',
};
const whyNotRun = (scenario) => Object.entries(notRun).find(([beginning]) => scenario.startsWith(beginning))?.[1];

const scenariosOf = (revision) => scenariosFor(revision, 'client').filter((scenario) => !options.only || scenario === options.only);

async function run(scenario, revision, era, folder) {
  const log = path.join(folder, `${scenario.replaceAll('/', '-')}.log`);
  const command = [process.execPath, client, callgate, era].join(' ');
  const words = ['client', '--command', command, '--scenario', scenario, '--spec-version', revision, '--force',
    '--timeout', String(3 * patience), '-o', folder];
  const code = await runSuite(words, log, 4 * patience, options.verbose);
  const where = scenarioFolders(folder).get(scenario);
  const { ok, notes } = judgement(scenario, where ? checksIn(where) : null);
  if (ok && code !== 0 && notes.length === 0) notes.push(`the suite ended with ${code}`);
  const errors = where ? path.join(where, 'stderr.txt') : '';
  if (code !== 0 && fs.existsSync(errors)) notes.push(fs.readFileSync(errors, 'utf8').trimEnd());
  report(ok && code === 0, scenario, notes);
}

async function combination(revision, era) {
  const waiting = scenariosOf(revision).filter((scenario) => !whyNotRun(scenario));
  if (waiting.length === 0) return;
  console.log(`\nserver of ${revision}, ${era} application`);
  const folder = freshFolder(path.join(out, 'logs', `client-${revision}-${era}`));
  const work = async () => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) await run(scenario, revision, era, folder);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

for (const revision of chosen(allRevisions, options.requirements)) {
  for (const era of chosen(['legacy', 'modern'], options.era)) await combination(revision, era);
}
for (const scenario of new Set(allRevisions.flatMap(scenariosOf))) {
  const why = whyNotRun(scenario);
  if (why) console.log(`  not run ${scenario}: ${why}`);
}
conclude();
