import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Nginx, check_nginx } from '../support/nginx.mjs';
import { check_proxy, check_repeats } from './proxy_checks.mjs';

test('nginx finds nothing wrong with nginx.conf', async () => {
  const { code, output } = await check_nginx();
  assert.equal(code, 0, output);
  assert.ok(!/\[(warn|error|emerg)\]/.test(output), output);
});

// nginx reads a chunked body and passes it on with its length: here to a sign-in that is refused.
check_proxy('nginx', (instances) => Nginx.start(instances), {
  chunked_status: 401,
  // It writes the two fields anew, by the Upgrade alone.
  repairs: ['a Connection without Upgrade', 'no Connection'],
});
check_repeats('nginx', (instances) => Nginx.start(instances), ['GET', 'PUT']);
