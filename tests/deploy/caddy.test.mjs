import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Caddy, check_caddy } from '../support/caddy.mjs';
import { check_proxy, check_repeats } from './proxy_checks.mjs';

test('Caddy finds nothing wrong with the Caddyfile', async () => {
  const { code, output } = await check_caddy();
  assert.equal(code, 0, output);
  assert.match(output, /Valid configuration/);
  const warnings = output.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
  // Without a name there is no certificate; the example says :80.
  assert.deepEqual(warnings.filter((line) => !line.includes('no automatic HTTPS')), []);
});

check_proxy('Caddy', (instances) => Caddy.start(instances), { chunked_status: 400 });
check_repeats('Caddy', (instances) => Caddy.start(instances), ['GET'], ['GET']);
