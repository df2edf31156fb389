// Measures, judges, prints; see README.md. Started by run.sh, which has built everything.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { judge, peer_table, summarize, target_table } from './driver/table.mjs';
import { measures, peer_names, targets } from './driver/targets.mjs';
import { build, end_all, folder, repository } from './driver/tool.mjs';

const full = { rounds: 5, seconds: 5, connections: 10_000, idle_seconds: 60 };
const quick = { rounds: 1, seconds: 3, connections: 4_000, idle_seconds: 26 };

function parse_arguments(words) {
  const options = { ...full, names: null, peers: false, write_readme: false };
  const only = [];
  for (let i = 0; i < words.length; ++i) {
    if (words[i] === '--quick') Object.assign(options, quick);
    else if (words[i] === '--peers') options.peers = true;
    else if (words[i] === '--write-readme') options.write_readme = true;
    else if (words[i] === '--only') only.push(words[++i]);
    else throw new Error(`unknown argument: ${words[i]}`);
  }
  const wanted = only.length > 0 ? only.flatMap(needs_of) : targets.flatMap(({ needs }) => needs);
  options.names = [...new Set([...wanted, ...(options.peers ? peer_names : [])])];
  return options;
}

function needs_of(word) {
  const target = targets.find(({ number }) => String(number) === word);
  if (!target && !measures[word]) throw new Error(`--only takes 1 to 16 or: ${Object.keys(measures).join(' ')}`);
  return target ? target.needs : [word];
}

async function measure_all({ names, rounds, ...options }) {
  const runs = Object.fromEntries(names.map((name) => [name, []]));
  const failures = [];
  for (let round = 1; round <= rounds; ++round) {
    for (const name of names) {
      const { run, rounds_max = rounds } = measures[name];
      if (round > rounds_max) continue;
      const started = performance.now();
      const figures = await run(options).catch((error) => ({ problem: error.message }));
      if (figures.problem) {
        // The others are measured all the same.
        process.stderr.write(`      [${round}/${rounds}] ${name} failed: ${figures.problem}\n`);
        failures.push(name);
        await end_all();
        continue;
      }
      runs[name].push(figures);
      const took = Math.round((performance.now() - started) / 1000);
      process.stderr.write(`      [${round}/${rounds}] ${name}, ${took} s\n`);
      if (figures.load_share > 0.8) process.stderr.write('      The load generator was the busy one.\n');
      if (figures.lost > 0) process.stderr.write(`      ${figures.lost} changes were lost.\n`);
    }
  }
  return { runs, failures };
}

function machine() {
  const git = (...words) => execFileSync('git', ['-C', repository, ...words], { encoding: 'utf8' }).trim();
  return {
    when: new Date().toISOString(),
    commit: git('rev-parse', '--short=12', 'HEAD'),
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    kernel: execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim(),
  };
}

/** Puts the tables between the marks of README.md. */
function write_readme(options, about, tables) {
  const file = join(folder, 'README.md');
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split('<!-- table -->\n');
  const after = rest.split('<!-- end of table -->\n')[1];
  const rounds = options.rounds === 1 ? '1 run' : `medians of up to ${options.rounds} runs`;
  const said = `${about.when.slice(0, 10)}, ${about.commit}, ${about.cores} cores (${about.cpu}), Linux ${about.kernel}, ${rounds}:`;
  writeFileSync(
    file,
    `${before}<!-- table -->\n${said}\n\n${tables.join('\n\n')}\n<!-- end of table -->\n${after}`,
  );
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, async () => {
    await end_all();
    process.exit(1);
  });
}
const options = parse_arguments(process.argv.slice(2));
const about = machine();
try {
  const { runs, failures } = await measure_all(options);
  const measured = Object.entries(runs).filter(([, all]) => all.length > 0);
  const results = Object.fromEntries(measured.map(([name, all]) => [name, summarize(all)]));
  const rows = judge(results);
  const tables = [target_table(rows), peer_table(results)].filter(Boolean);
  writeFileSync(join(build, 'results.json'), `${JSON.stringify({ about, options, rows, failures, results, runs }, null, 1)}\n`);
  if (options.write_readme) write_readme(options, about, tables);
  console.log(`${tables.join('\n\n')}\n\nAll figures: ${join(build, 'results.json')}`);
  if (failures.length > 0) {
    console.log(`Could not be measured in each run: ${[...new Set(failures)].join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  await end_all();
}
