// A PostgreSQL of its own for each run, copied from one that was prepared once.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { PostgresServer } from './services.mjs';
import { run_program } from './sqlite_store.mjs';

/** Rows as base/read_sqlite.py gives them. */
const queries = {
  discussions: 'SELECT d.slug AS id, d.title, s.seq, s.comment_count, h.epoch FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id, history h',
  comments: `SELECT c.id::text AS id, d.slug AS discussion, c.parent::text AS parent, c.state, c.body, c.stamp, c.author::text AS author,
    t.up, t.down, t.base, t.replies, t.stamp AS tally_stamp FROM comments c JOIN discussions d ON d.id = c.discussion JOIN tallies t ON t.comment = c.id`,
  votes: 'SELECT comment::text AS comment, account::text AS account, value FROM votes',
  keys: 'SELECT account::text AS account, key, count(*) AS n FROM idempotency_keys GROUP BY 1, 2',
};
const states = ['visible', 'pending', 'removed', 'deleted'];

export class PostgresStore {
  kind = 'postgres';

  /** @param {string} folder @param {string} [template] the data folder of another one that is not running */
  static async make(folder, template) {
    const store = new PostgresStore();
    store.folder = join(folder, 'postgres');
    await mkdir(store.folder, { recursive: true });
    if (template) {
      const done = await run_program('cp', ['-a', template, join(store.folder, 'data')]);
      if (done.code !== 0) throw new Error(`cp: ${done.stderr}`);
    }
    store.server = await PostgresServer.make(store.folder);
    if (!template) await store.server.initialize();
    await store.server.start();
    if (!template) await store.server.psql('CREATE DATABASE parley', 'postgres');
    return store;
  }

  get url() {
    return this.url_at(this.server.port);
  }

  /** @param {number} port of the server, or of a proxy before it */
  url_at(port) {
    return `postgresql://parley@127.0.0.1:${port}/parley?sslmode=disable`;
  }

  async read() {
    const parts = Object.entries(queries).map(([name, sql]) => `'${name}', (SELECT coalesce(json_agg(r), '[]') FROM (${sql}) r)`);
    const rows = JSON.parse(await this.server.psql(`SELECT json_build_object(${parts.join(', ')})`));
    for (const comment of rows.comments) if (typeof comment.state === 'number') comment.state = states[comment.state];
    const amcheck = await run_program('/usr/lib/postgresql/15/bin/pg_amcheck', ['-h', '127.0.0.1', '-p', String(this.server.port), '-U', 'parley', '--install-missing', '-d', 'parley']);
    rows.integrity = amcheck.code === 0 ? [{ finding: 'ok' }] : (amcheck.stdout + amcheck.stderr).trim().split('\n').map((finding) => ({ finding }));
    rows.references = [];
    return rows;
  }

  async close() {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
