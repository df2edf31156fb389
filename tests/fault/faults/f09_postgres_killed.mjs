import { Cluster } from '../base/cluster.mjs';
import { quiet } from '../base/prepare.mjs';
import { after } from '../base/waiting.mjs';

const cycles = 2;
const away_ms = 4_000;

export default {
  number: 'F9',
  title: 'kill -9 of PostgreSQL, and a new start',
  promise: 'open discussions stay readable, writes get a code that says to repeat them, all goes on by itself',
  stores: ['postgres'],
  open: Cluster.open,
  expects: { away_grace_ms: 2_500 },
  async inject({ world, history, acknowledged, took_effect, notes }) {
    let reads = 0;
    let failed_reads = 0;
    for (let i = 0; i < cycles; ++i) {
      await acknowledged(30);
      // What is asked for now and again is what is kept.
      for (const { origin } of world.origins) await world.http.request(origin, 'GET', `/api/v1/discussions/${quiet}/comments?limit=100`);
      const seen = history.entries.length;
      await world.store.server.kill();
      const end = performance.now() + away_ms;
      while (performance.now() < end) {
        for (const { origin } of world.origins) {
          const { status } = await world.http.request(origin, 'GET', `/api/v1/discussions/${quiet}/comments?limit=100`);
          ++reads;
          if (status !== 200) ++failed_reads;
        }
        await after(100);
      }
      took_effect('writes refused or unknown', history.entries.slice(seen).filter(({ t }) => t === 'unknown').length);
      const began = performance.now();
      await world.store.server.start();
      await acknowledged(1);
      notes['first write after its start, ms'] = Math.max(Number(notes['first write after its start, ms'] ?? 0), Math.round(performance.now() - began));
    }
    notes['reads while it was gone'] = reads;
    notes['of these failed'] = failed_reads;
    if (failed_reads > 0) history.add('broken', { why: `${failed_reads} of ${reads} reads of an open discussion failed` });
  },
};
