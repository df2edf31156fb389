import { after } from '../base/waiting.mjs';

const paused_ms = 5_000;

export default {
  number: 'F28',
  title: `the server is paused for ${paused_ms / 1_000} s and goes on`,
  promise: 'nothing is lost or done twice; whose session ended meanwhile is not heard any more',
  stores: ['sqlite'],
  async inject({ world, acknowledged, took_effect, history }) {
    for (let i = 0; i < 2; ++i) {
      await acknowledged(20);
      const unknown = history.count('unknown');
      world.instance.signal('SIGSTOP');
      await after(paused_ms);
      world.instance.signal('SIGCONT');
      took_effect('SIGSTOP', 1);
      await acknowledged(20);
      history.add('note', { text: `${history.count('unknown') - unknown} attempts without an answer` });
    }
  },
};
