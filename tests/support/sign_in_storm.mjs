// Signs in with a wrong password, as fast as it is answered: node sign_in_storm.mjs ORIGIN NAME SECONDS COUNT
// Prints how often each answer came. A program of its own, so that whoever measures meanwhile is not busy with it.

import { Agent, request } from 'node:http';

const [origin, name, seconds, count] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(count) });
const body = JSON.stringify({ name, password: 'not the right one' });
const answers = {};
const end = performance.now() + Number(seconds) * 1_000;

const once = () => new Promise((resolve, reject) => {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const sent = request(`${origin}/api/v1/session`, { method: 'POST', agent, headers }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve(JSON.parse(text).code)).on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
});

await Promise.all(Array.from({ length: Number(count) }, async () => {
  while (performance.now() < end) {
    const code = await once();
    answers[code] = (answers[code] ?? 0) + 1;
  }
}));
agent.destroy();
console.log(JSON.stringify(answers));
