// Waiting on conditions; and the pace of those who write, which is a matter of time.

/** What a wait may take before the run counts as stuck: no promise of the server, only an end. */
export const patience_ms = 180_000;

/** @param {number} ms */
export const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The first truthy value of `condition`, which is asked again and again. One that throws is not yet true.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string | (() => string)} what is waited for
 * @returns {Promise<T>}
 */
export async function until(condition, what, { timeout_ms = patience_ms, every_ms = 20 } = {}) {
  const end = performance.now() + timeout_ms;
  let problem = '';
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      problem = ` (${error.message})`;
    }
    if (performance.now() > end) throw new Error(`in vain for ${timeout_ms} ms: ${typeof what === 'string' ? what : what()}${problem}`);
    await after(every_ms);
  }
}
