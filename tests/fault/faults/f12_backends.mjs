import { Cluster } from '../base/cluster.mjs';

const locked_s = 5;

export default {
  number: 'F12',
  title: `PostgreSQL ends our backends; a table is locked for ${locked_s} s`,
  promise: 'queues are bounded, what waits too long is refused with a code that says to repeat it',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, history, acknowledged, took_effect, notes }) {
    const { server } = world.store;
    let ended = 0;
    for (let i = 0; i < 10; ++i) {
      await acknowledged(5);
      const count = await server.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'parley' AND pid <> pg_backend_pid()");
      ended += Number(count.trim());
    }
    took_effect('backends ended', ended);
    notes['backends ended'] = ended;
    await acknowledged(20);
    const seen = history.entries.length;
    await server.psql(`BEGIN; LOCK TABLE comments IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(${locked_s}); COMMIT`);
    const unknown = history.entries.slice(seen).filter(({ t }) => t === 'unknown');
    notes['refused during the lock'] = unknown.length;
    notes['slowest refusal, ms'] = Math.max(0, ...unknown.map(({ took_ms }) => took_ms));
  },
};
