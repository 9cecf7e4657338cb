import type { ActionFacts } from '../../authz/condition-keys.js';
import { sections } from './registry.js';

const factsOfActions: ReadonlyMap<string, ActionFacts> = new Map(
  Object.values(sections)
    .flat()
    .flatMap(({ actions, access }) => actions.map((action) => [action, access] as const)),
);

/** What is peculiar of an action to conditions, for those who decide on it without a call. */
export function actionFacts(action: string): ActionFacts {
  const { withoutCallerAccount, grantIsForAwsResource } = factsOfActions.get(action) ?? {};
  return { withoutCallerAccount, grantIsForAwsResource };
}
