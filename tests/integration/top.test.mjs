// `parley top` on a terminal: it draws, follows its files, fits the screen and leaves it as it was.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { binary, temporary_folder } from '../support/server.mjs';

const helper = join(dirname(fileURLToPath(import.meta.url)), '../support/terminal.py');
const enter = '\u001b[?1049h';
const leave = '\u001b[?1049l';

let folder;

before(async () => {
  folder = await temporary_folder();
});

after(() => folder.remove());

const line = (instance, readers, more = {}) =>
  `${JSON.stringify({ time: new Date().toISOString(), level: 'info', event: 'stats', instance, version: '9.9.9', readers, store: 'up', bus: 'local', ...more })}\n`;

class Terminal {
  constructor(columns, lines, ...command) {
    this.child = spawn('python3', [helper, String(columns), String(lines), ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.all = '';
    this.waiters = [];
    this.ended = new Promise((resolve) => {
      createInterface({ input: this.child.stdout }).on('line', (text) => {
        const said = JSON.parse(text);
        if (said.output === undefined) return resolve(said);
        this.all += said.output;
        this.waiters = this.waiters.filter((check) => !check());
      });
    });
  }

  order(what) {
    this.child.stdin.write(`${JSON.stringify(what)}\n`);
  }

  /** The lines of the last picture that was drawn whole. */
  screen() {
    const pictures = this.all.split('\u001b[H').slice(1).filter((picture) => picture.includes('\u001b[J'));
    return (pictures.at(-1) ?? '').replace(/\u001b\[K\u001b\[J.*$/s, '').split('\u001b[K\r\n');
  }

  async shows(condition, what = condition.toString()) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not on the screen: ${what}\n${this.screen().join('\n')}`)), 30_000);
    });
    const shown = new Promise((resolve) => {
      const check = () => {
        const screen = this.screen();
        if (condition(screen)) resolve(screen);
        return condition(screen);
      };
      if (!check()) this.waiters.push(check);
    });
    try {
      return await Promise.race([shown, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

test('it follows files as they grow and are rotated, fits the screen, and q leaves it as it was', async () => {
  const files = [`${folder.path}/web-1.log`, `${folder.path}/web-2.log`];
  await writeFile(files[0], line('web-1', 11));
  await writeFile(files[1], '');
  const terminal = new Terminal(120, 20, binary, 'top', ...files);
  await terminal.shows((screen) => screen.some((row) => /^web-1 +\d+s +11\b/.test(row)));
  assert.ok(terminal.all.startsWith(enter), 'on a screen of its own');
  await appendFile(files[1], line('web-2', 22));
  await terminal.shows((screen) => screen.some((row) => /^all +\d+s +33\b/.test(row)));
  await rename(files[0], `${files[0]}.1`);
  await writeFile(files[0], line('web-1', 44));
  await terminal.shows((screen) => screen.some((row) => /^all +\d+s +66\b/.test(row)));
  await appendFile(files[0], line('web-1', 44, { event: 'store.commit_failed', level: 'error' }));
  await terminal.shows((screen) => screen.some((row) => row.startsWith('web-1') && row.includes('store.commit_failed')));
  terminal.order({ size: [40, 5] });
  const small = await terminal.shows((screen) => screen.length <= 5 && screen.every((row) => row.length <= 40));
  assert.ok(small.some((row) => row.startsWith('INSTANCE')));
  terminal.order({ keys: 'q' });
  assert.deepEqual(await terminal.ended, { code: 0, settings: 'same' });
  assert.ok(terminal.all.endsWith(leave), 'the screen of before is back');
});

test('Ctrl-C ends it just as well', async () => {
  const file = `${folder.path}/web-3.log`;
  await writeFile(file, line('web-3', 1));
  const terminal = new Terminal(80, 24, binary, 'top', file);
  await terminal.shows((screen) => screen.some((row) => row.startsWith('web-3')));
  terminal.order({ keys: '\u0003' });
  assert.deepEqual(await terminal.ended, { code: 0, settings: 'same' });
  assert.ok(terminal.all.endsWith(leave));
});
