const restarts = 3;
const drain_deadline_ms = 10_000;

export default {
  number: 'F17',
  title: 'SIGTERM and a new start under load',
  promise: 'what was begun is answered, sockets are closed with 1012, exit 0 within drain_deadline, no write fails for good',
  stores: ['sqlite'],
  async inject({ world, random, readers, acknowledged, took_effect, notes, history }) {
    let slowest_ms = 0;
    for (let i = 0; i < restarts; ++i) {
      await acknowledged(random.between(10, 40));
      const { code, signal, took_ms } = await world.instance.stop();
      if (code !== 0) history.add('broken', { why: `asked to stop, it ended with ${code ?? signal}` });
      // Above the deadline comes the end of the sanitizer, which takes its time.
      if (took_ms > drain_deadline_ms + 5_000) history.add('broken', { why: `it took ${Math.round(took_ms)} ms to stop` });
      slowest_ms = Math.max(slowest_ms, took_ms);
      took_effect('SIGTERM');
      await world.instance.start();
    }
    const closes = readers.flatMap((reader) => reader.closes);
    notes['slowest stop, ms'] = Math.round(slowest_ms);
    notes['closed with 1012'] = closes.filter((code) => code === 1012).length;
    if (notes['closed with 1012'] === 0) history.add('broken', { why: 'no reader was told by 1012' });
  },
};
