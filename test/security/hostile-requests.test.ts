import { describeHostile } from '../support/hostile/hostile-requests.js';
import { PATIENCE_MS } from '../support/patience.js';

// So few that a process still grows into its heap, beside other tests that take the processor from it:
// how its memory and its answers are in the long run the soak tells.
describeHostile({ count: 2000, mayGrowMiB: 128, canaryMs: PATIENCE_MS });
