const share = 3; // every third reader

export default {
  number: 'F22',
  title: 'readers that stop reading, and go on later',
  promise: 'nobody else notices, their queues are bounded, they get what they missed as one update',
  stores: ['sqlite'],
  settings: { 'limits.outbox_bytes_max': 16_384 },
  per_second: 120,
  async inject({ world, readers, acknowledged, took_effect, notes }) {
    const slow = readers.filter(({ via, socket }, i) => i % share === 0 && via === 'websocket' && socket?._socket);
    const before = world.instance.resources().rss_mib;
    const stopped = slow.map((reader) => reader.socket._socket);
    for (const socket of stopped) socket.pause();
    await acknowledged(300);
    notes['stopped readers'] = stopped.length;
    notes['memory, MiB more'] = world.instance.resources().rss_mib - before;
    took_effect('stopped', stopped.filter((socket) => !socket.destroyed).length);
    for (const socket of stopped) socket.resume();
  },
};
