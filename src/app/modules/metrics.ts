import { Metrics } from '../../observe/metrics.js';
import type { ServerOptions } from '../options.js';

/** What is measured, by whichever module knows it: before all that are measured. */
export function measuring({ version = 'unknown' }: Pick<ServerOptions, 'version'>) {
  const metrics = new Metrics();
  const build = { version, node: process.version };
  metrics.show('strongroom_build_info', () => [[build, 1]]);
  return { provides: { metrics } };
}
