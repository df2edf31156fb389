import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The database goes back, by the two ways in which that happens to people. */
const ways = {
  async 'the log of the database is deleted'({ world, acknowledged }) {
    await acknowledged(60);
    await world.instance.kill();
    for (const suffix of ['-wal', '-shm']) await rm(`${world.store.file}${suffix}`, { force: true });
  },
  async 'an older copy is put in its place'({ world, acknowledged }) {
    const copy = join(world.folder, 'copy');
    await world.instance.stop();
    await cp(world.store.folder, copy, { recursive: true });
    await world.instance.start();
    await acknowledged(60);
    await world.instance.kill();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${world.store.file}${suffix}`, { force: true });
    await cp(join(copy, 'parley.db'), world.store.file);
  },
};

export default {
  number: 'F26',
  title: 'the SQLite file goes back in time: its log is deleted, or an older copy put in its place',
  promise: 'the server notices by the high-water file and begins a new history; every page reads again and shows what the store has',
  stores: ['sqlite'],
  async inject(run) {
    const { world, history, writers, seed, took_effect } = run;
    const [name, go_back] = Object.entries(ways)[seed % 2];
    await go_back(run);
    history.add('loses', { how: name });
    await world.instance.start();
    const before = run.epoch;
    const { json } = await world.http.request(world.origin, 'GET', '/api/v1/discussions/storm');
    run.epoch = json.epoch;
    if (json.epoch !== before) took_effect(name);
    else history.add('broken', { why: `${name}, and the history has the same name still` });
    if (world.instance.events('store.new_epoch').length === 0) history.add('broken', { why: 'the log does not tell of a new history' });
    await writers.look_again();
  },
};
