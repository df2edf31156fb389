// The quick tier: each fault once or twice, by fixed seeds, one after the other.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { line_of, play } from './base/play.mjs';
import { forget_prepared_postgres } from './base/cluster.mjs';
import { forget_prepared } from './base/world.mjs';
import { fault_of, quick } from './faults/index.mjs';

after(forget_prepared);
after(forget_prepared_postgres);

for (const [number, seeds] of quick) {
  const fault = fault_of(number);
  for (const seed of seeds) {
    test(`${number}, seed ${seed}: ${fault.title}`, { timeout: 300_000 }, async () => {
      const result = await play(fault, { seed });
      console.log(line_of(result));
      assert.equal(result.not_run ?? '', '', 'a fault of the quick tier runs everywhere');
      assert.equal(result.violations.length, 0, line_of(result));
    });
  }
}
