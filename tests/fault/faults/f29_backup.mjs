import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { op_of, operations_of } from '../checker/model.mjs';
import { run_program, SqliteStore } from '../base/sqlite_store.mjs';
import { binary_of } from '../base/world.mjs';

const backups = 5;

/** What must be in a backup, and what must not: it is how things stood at some moment between its begin and its end. */
function problems_of(rows, operations, began, ended) {
  const problems = [];
  const by_id = new Map(rows.comments.map((comment) => [comment.id, comment]));
  for (const { kind, end, ended_at, id, op } of operations.values()) {
    if (kind === 'post' && end === 'ok' && ended_at < began && !by_id.has(id)) problems.push(`op ${op} was acknowledged before the backup and is not in it`);
  }
  for (const { body, id } of rows.comments) {
    const operation = operations.get(op_of(body) ?? -1);
    if (operation && operation.invoked_at > ended) problems.push(`comment ${id} of op ${operation.op} is in it, which was sent after it`);
  }
  return problems;
}

export default {
  number: 'F29',
  title: 'backups are made under load, and each is restored',
  promise: 'each is how things stood at one moment: sound, and with all that was acknowledged before it',
  stores: ['sqlite'],
  async impossible() {
    const done = await run_program(binary_of('dev'), ['backup', '--help']);
    return done.code === 0 ? '' : 'this build has no `parley backup`';
  },
  async inject(run) {
    const { world, history, acknowledged, took_effect, notes } = run;
    run.backups = await mkdtemp(join(tmpdir(), 'parley-fault-backups-'));
    run.made = [];
    for (let i = 0; i < backups; ++i) {
      await acknowledged(30);
      const file = join(run.backups, `${i}.backup`);
      const began = performance.now();
      const done = await world.command(['backup', file]);
      if (done.code !== 0) history.add('broken', { why: `backup: ${done.stderr}` });
      run.made.push({ file, began, ended: performance.now() });
      took_effect('backup');
    }
    notes['slowest backup, ms'] = Math.round(Math.max(...run.made.map(({ began, ended }) => ended - began)));
  },
  async finish({ world, history, made, backups: folder, notes }) {
    const operations = operations_of(history.entries);
    for (const [i, { file, began, ended }] of made.entries()) {
      const store = await SqliteStore.make(join(folder, `restored-${i}`));
      const start = performance.now();
      const restored = await run_program(world.binary, ['restore', '--set', `store.url=${store.url}`, file]);
      notes['slowest restore, ms'] = Math.max(Number(notes['slowest restore, ms'] ?? 0), Math.round(performance.now() - start));
      const checked = await run_program(world.binary, ['check', '--set', `store.url=${store.url}`]);
      if (restored.code !== 0 || checked.code !== 0) history.add('broken', { why: `backup ${i}: restore ${restored.code} ${restored.stderr}, check ${checked.code} ${checked.stdout}` });
      else for (const problem of problems_of(await store.read(), operations, began, ended)) history.add('broken', { why: `backup ${i}: ${problem}` });
    }
  },
  async clean({ backups: folder }) {
    if (folder) await rm(folder, { recursive: true, force: true });
  },
};
