import type { KnownAction } from '../../declare/known-actions.js';
import { sections } from './registry.js';

/** CloudTrail's actions that are here: on no resource, as AWS has it. */
export const cloudTrailActions: readonly KnownAction[] = Object.values(sections)
  .flat()
  .flatMap(({ actions }) => actions.map((name) => ({ name, onAccount: () => '*' })));
