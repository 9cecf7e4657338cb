import { describeHostile } from '../support/hostile/hostile-requests.js';
import { soakRounds } from '../support/soak.js';

describeHostile({
  count: soakRounds(1_000_000),
  ...{ mayGrowMiB: 32, canaryMs: 1000, restMs: 30_000 },
});
