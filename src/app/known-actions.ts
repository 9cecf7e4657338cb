import { finderOf } from '../declare/known-actions.js';
import { cloudTrailActions } from '../services/cloudtrail/known-actions.js';
import { iamActions } from '../services/iam/known-actions.js';
import { kmsActions } from '../services/kms/known-actions.js';
import { taggingActions } from '../services/tagging/known-actions.js';

const actions = [...kmsActions, ...iamActions, ...taggingActions, ...cloudTrailActions];

/** The actions of every service. */
export const findAction = finderOf(actions);

export const actionNames: readonly string[] = [...new Set(actions.map(({ name }) => name))];
