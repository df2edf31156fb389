import { until } from '../base/waiting.mjs';

export default {
  number: 'F23',
  title: 'all readers lose their connection at the same moment, several times',
  promise: 'they come back spread out and are equal, writes go on',
  stores: ['sqlite'],
  readers: 150,
  async inject(run) {
    const { world, readers, acknowledged, took_effect, notes } = run;
    run.are_drops_paused = true; // the storm alone
    const live = readers.filter(({ via }) => via === 'websocket');
    let slowest_ms = 0;
    for (let i = 0; i < 3; ++i) {
      await acknowledged(30);
      const before = new Map(live.map((reader) => [reader, reader.sockets]));
      const began = performance.now();
      took_effect('cut', world.instance.proxy.cut());
      await until(() => live.every((reader) => reader.sockets > before.get(reader) && reader.live.status === 'live'), 'all readers are back');
      slowest_ms = Math.max(slowest_ms, performance.now() - began);
    }
    run.are_drops_paused = false;
    notes['slowest return of all, ms'] = Math.round(slowest_ms);
  },
};
