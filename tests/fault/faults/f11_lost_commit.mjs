import { Cluster } from '../base/cluster.mjs';
import { until } from '../base/waiting.mjs';
import { cut_at_commit } from '../proxy/postgres_filter.mjs';

const cuts = 40;

export default {
  number: 'F11',
  title: 'the connection to PostgreSQL is cut when a COMMIT has been carried out and not yet answered',
  promise: 'what is unknown is resolved by the key: nothing is lost, nothing is done twice',
  stores: ['postgres'],
  open: Cluster.open,
  afterwards: 60,
  expects: { away_grace_ms: 2_500 },
  async surroundings(run) {
    run.cutting = { percent: 0, count: 0 };
    return { postgres_filter: cut_at_commit(() => run.random.chance(run.cutting.percent), () => ++run.cutting.count) };
  },
  async inject({ cutting, took_effect, notes }) {
    cutting.percent = 20;
    await until(() => cutting.count >= cuts, () => `${cuts - cutting.count} more cuts`);
    cutting.percent = 0;
    took_effect('cut at COMMIT', cutting.count);
    notes['commits whose answer was lost'] = cutting.count;
  },
};
