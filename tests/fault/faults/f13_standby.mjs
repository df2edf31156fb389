import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Cluster } from '../base/cluster.mjs';
import { PostgresServer } from '../base/services.mjs';
import { run_program } from '../base/sqlite_store.mjs';
import { after, until } from '../base/waiting.mjs';

const answers_come_ms = 250;

/** A copy of the primary that follows it. */
async function make_standby(cluster) {
  const folder = join(cluster.folder, 'standby');
  await mkdir(folder, { recursive: true });
  const standby = await PostgresServer.make(folder);
  const [program, ...args] = [...standby.as_owner, '/usr/lib/postgresql/15/bin/pg_basebackup', '-h', '127.0.0.1', '-p', String(cluster.store.server.port), '-U', 'parley', '-D', standby.data, '-R', '-X', 'stream', '--checkpoint=fast'];
  const done = await run_program(program, args);
  if (done.code !== 0) throw new Error(`pg_basebackup: ${done.stderr}`);
  await standby.start();
  return standby;
}

export default {
  number: 'F13',
  title: 'the primary is lost and a standby that lacks its last transactions is promoted',
  promise: 'a new history begins: every page reads again and shows nothing that the store lacks',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject(run) {
    const { world, history, writers, acknowledged, took_effect, notes } = run;
    const primary = world.store.server;
    const standby = await make_standby(world);
    world.standby = standby;
    const before = (await world.http.request(world.origin, 'GET', '/api/v1/discussions/storm')).json;
    await acknowledged(40);
    // From here on the standby hears nothing any more.
    await standby.psql("ALTER SYSTEM SET primary_conninfo = ''", 'postgres');
    await standby.psql('SELECT pg_reload_conf()', 'postgres');
    await until(async () => (await standby.psql('SELECT count(*) FROM pg_stat_wal_receiver', 'postgres')).trim() === '0', 'the standby is cut off');
    await acknowledged(60);
    await primary.kill();
    // What it answered last is still under way to those who asked.
    await after(answers_come_ms);
    history.add('loses', { how: 'a standby without the last transactions was promoted' });
    await standby.psql('SELECT pg_promote()', 'postgres');
    world.store.server = standby;
    run.epoch = await until(async () => {
      const { json } = await world.http.request(world.origin, 'GET', '/api/v1/discussions/storm');
      return json?.epoch && json.epoch !== before.epoch ? json.epoch : null;
    }, 'a new history');
    took_effect('promoted');
    notes['of the old history were acknowledged'] = writers.acknowledged;
    await writers.look_again();
    await rm(primary.folder, { recursive: true, force: true });
  },
};
