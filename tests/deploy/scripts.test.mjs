import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { finish } from '../support/programs.mjs';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');

async function tracked(pattern) {
  const { code, output } = await finish('git', ['-c', `safe.directory=${repository}`, 'ls-files', '--cached', '--others', '--exclude-standard', '--', pattern], { folder: repository });
  assert.equal(code, 0, output);
  return output.split('\n').filter(Boolean);
}

test('shellcheck finds nothing in any script', async () => {
  const scripts = await tracked('*.sh');
  assert.ok(scripts.includes('deploy/cluster.sh') && scripts.length >= 6, scripts.join(' '));
  const { code, output } = await finish('shellcheck', ['--external-sources', '--source-path=SCRIPTDIR', ...scripts], { folder: repository });
  assert.equal(code, 0, output);
});

test('yamllint finds nothing in any YAML file of deploy', async () => {
  const files = [...(await tracked('deploy/*.yaml')), ...(await tracked('deploy/*.yml'))];
  assert.ok(files.length >= 10, files.join(' '));
  const rules = '{extends: default, rules: {line-length: {max: 160}, document-start: disable, truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}, braces: {max-spaces-inside: 1}}}';
  const { code, output } = await finish('yamllint', ['--strict', '-d', rules, ...files], { folder: repository });
  assert.equal(code, 0, output);
});

test('the help of cluster.sh names each option, and what is no option is refused before anything is done', async () => {
  const script = join(repository, 'deploy/cluster.sh');
  const help = await finish(script, ['--help']);
  assert.equal(help.code, 0);
  for (const option of ['--instances', '--port', '--state', '--build', '--stop']) assert.ok(help.output.includes(option), option);
  for (const wrong of [['--instances', '0'], ['--instances', '10'], ['--port', '70000'], ['--port'], ['--nothing']]) {
    const { code, output } = await finish(script, wrong);
    assert.equal(code, 1, output);
    assert.ok(!output.includes('Installing'), output);
  }
});

test('what each script installs is in a list of packages, once', async () => {
  const all = [];
  for (const list of await tracked('deploy/packages/*.txt')) {
    const names = (await readFile(join(repository, list), 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
    assert.deepEqual(names, [...new Set(names)].sort(), `${list} is sorted`);
    all.push(...names);
  }
  for (const name of ['haproxy', 'postgresql', 'redis-server', 'shellcheck']) assert.ok(all.includes(name), name);
});
