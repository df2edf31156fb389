import { open, stat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { content_hash, History } from '../base/history.mjs';
import { HttpClient, read_whole } from '../base/http.mjs';
import { Instance } from '../base/instance.mjs';
import { discussions } from '../base/prepare.mjs';
import { Random } from '../base/random.mjs';
import { SqliteStore } from '../base/sqlite_store.mjs';
import { prepared_sqlite } from '../base/world.mjs';

const damages_count = 12;
const page_bytes = 4_096;
const exit_corrupt = 65;

const damages = {
  async 'a flipped bit'(file, random, size) {
    const at = random.below(size);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] ^= 1 << random.below(8);
    await file.write(byte, 0, 1, at);
  },
  async 'a page of zeros'(file, random, size) {
    await file.write(Buffer.alloc(page_bytes), 0, page_bytes, page_bytes * random.below(size / page_bytes));
  },
  async 'a swapped page'(file, random, size) {
    const [a, b] = [0, 0].map(() => page_bytes * random.between(1, size / page_bytes - 1));
    const pages = [a, b].map(() => Buffer.alloc(page_bytes));
    await file.read(pages[0], 0, page_bytes, a);
    await file.read(pages[1], 0, page_bytes, b);
    await file.write(pages[0], 0, page_bytes, b);
    await file.write(pages[1], 0, page_bytes, a);
  },
  async 'a shorter file'(file, random, size) {
    await file.truncate(random.below(size));
  },
};

async function texts_of(http, origin) {
  const texts = new Map();
  for (const discussion of discussions) {
    for (const { comments } of await read_whole(http, origin, discussion)) for (const one of comments) texts.set(one.id, content_hash(one));
  }
  return texts;
}

/** Serves a store; says how it ended: refused, read error, served as it was, or served with another text. */
async function outcome_of(store, binary, right, tell) {
  const history = new History();
  const instance = await Instance.make({ name: 'one', history, binary, settings: { 'store.url': store.url } });
  const http = new HttpClient();
  let outcome;
  try {
    await instance.start();
    const texts = await texts_of(http, instance.origin);
    const wrong = [...right].filter(([id, text]) => texts.get(id) !== text);
    outcome = wrong.length === 0 && texts.size === right.size ? 'served as it was' : 'served with another text';
  } catch (error) {
    outcome = error.code === exit_corrupt ? 'refused with 65' : /reading .*: 5\d\d/.test(error.message) ? 'refused to read' : 'other';
    if (outcome === 'other') tell(`${error.message.slice(0, 500)}`);
  }
  for (const { line } of history.entries.filter(({ t }) => t === 'report')) tell(line);
  http.close();
  await instance.close();
  return outcome;
}

export default {
  number: 'F25',
  title: 'the SQLite file is damaged: flipped bits, zeroed or swapped pages, cut off',
  promise: 'it is refused in words where it can be noticed; nothing crashes',
  stores: ['sqlite'],
  async play({ seed, binary }) {
    const random = new Random(seed, 'F25');
    const violations = [];
    const notes = { 'refused with 65': 0, 'refused to read': 0, 'served as it was': 0, 'served with another text': 0 };
    const { template } = await prepared_sqlite(binary);
    const folder = await mkdtemp(join(tmpdir(), 'parley-fault-'));
    const good = await SqliteStore.make(folder, template);
    let right = new Map();
    const instance = await Instance.make({ name: 'one', history: new History(), binary, settings: { 'store.url': good.url } });
    await instance.start();
    const http = new HttpClient();
    right = await texts_of(http, instance.origin);
    http.close();
    await instance.close();
    for (let i = 0; i < damages_count; ++i) {
      const [name, damage] = Object.entries(damages)[i % Object.keys(damages).length];
      const store = await SqliteStore.make(join(folder, `${i}`), template);
      const { size } = await stat(store.file);
      const file = await open(store.file, 'r+');
      await damage(file, random, size);
      await file.close();
      const outcome = await outcome_of(store, binary, right, (text) => violations.push({ invariant: 'F25', text: `${name}: ${text}` }));
      notes[outcome] = (notes[outcome] ?? 0) + 1;
    }
    await rm(folder, { recursive: true, force: true });
    if (notes['refused with 65'] === 0) violations.push({ invariant: 'run', text: 'no damage was noticed' });
    return { violations, counts: { operations: damages_count, acknowledged: 0, effects: damages_count }, notes };
  },
};
