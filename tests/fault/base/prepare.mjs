// What every run begins with, made once for each kind of store: people with sessions, discussions with some comments.

import { randomUUID } from 'node:crypto';

import { HttpClient } from './http.mjs';
import { Instance } from './instance.mjs';
import { run_program } from './sqlite_store.mjs';
import { History } from './history.mjs';

export const discussions = ['storm', 'harbour', 'tram-line'];
const names = 'Anna Bruno Clara Daniel Elena Felix Greta Hugo Irene Jonas Karla Lukas Marta Nils'.split(' ');
/** One that nobody writes to: what is kept of it for an outage is not dropped by a deletion. */
export const quiet = 'quiet';
/** Must never be seen by a reader. */
export const canary = 'CANARY-7f3a';

const password = `${canary}-password`;
const words = 'rain wind tide ferry quay signal lamp track bell bridge cargo fog gull rope'.split(' ');

/** Words to fill a text with. @param {import('./random.mjs').Random} random @param {number} count */
export const words_of = (random, count) => Array.from({ length: count }, () => random.pick(words)).join(' ');

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} token
 */

/** Signs people up and opens the discussions in a store that nobody uses yet. @returns {Promise<Person[]>} */
export async function prepare(store, binary) {
  const made = await run_program(
    binary,
    ['account', '--set', `store.url=${store.url}`, 'create', '--name', 'Ada Admin', '--role', 'admin', '--password-stdin'],
    { input: `${password}\n`, env: store.env },
  );
  if (made.code !== 0) throw new Error(`account create: ${made.stderr}`);
  const instance = await Instance.make({ name: 'preparing', history: new History(), binary, settings: { 'store.url': store.url }, env: store.env });
  await instance.start();
  const http = new HttpClient();
  const call = async (method, path, options) => {
    const answer = await http.request(instance.origin, method, `/api/v1${path}`, { timeout: 60_000, ...options });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const sign_in = async (name) => {
    const { token, account } = await call('POST', '/session', { body: { name, password } });
    return { id: account.id, name, token };
  };
  const people = [await sign_in('Ada Admin')];
  for (const name of names) {
    await call('POST', '/accounts', { body: { name, password } });
    people.push(await sign_in(name));
  }
  const [admin, author] = people;
  for (const id of [...discussions, quiet]) {
    await call('PUT', `/discussions/${id}`, { token: admin.token, key: randomUUID(), body: { title: `About ${id}` } });
    for (let i = 0; i < 20; ++i) {
      await call('POST', `/discussions/${id}/comments`, { token: author.token, key: randomUUID(), body: { body: `Comment ${i} from before.` } });
    }
  }
  http.close();
  await instance.close();
  return people;
}
