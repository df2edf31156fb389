import { after } from '../base/waiting.mjs';

const kills = 3;

export default {
  number: 'F1',
  title: 'kill -9 of the server in the middle of writing',
  promise: 'what was acknowledged is there, what was not is there at most once, it is ready again by itself',
  stores: ['sqlite'],
  async inject({ world, random, acknowledged, took_effect }) {
    for (let i = 0; i < kills; ++i) {
      await acknowledged(random.between(5, 40));
      // Somewhere between two acknowledgements, not always right behind one.
      await after(random.between(0, 30));
      await world.instance.kill();
      took_effect('kill -9');
      await world.instance.start();
    }
  },
};
