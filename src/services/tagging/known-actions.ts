import type { KnownAction } from '../../declare/known-actions.js';
import { sections } from './registry.js';

/** The actions of the Tagging API: their prefix is `tag`, as IAM's policies have it. */
export const taggingActions: readonly KnownAction[] = Object.values(sections)
  .flat()
  .flatMap(({ actions }) => actions.map((name) => ({ name, onAccount: () => '*' })));
