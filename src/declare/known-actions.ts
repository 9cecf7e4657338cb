/** What those who decide without a call, simulations, know of the actions of every service. */
import type { ActionFacts } from '../authz/condition-keys.js';
import type { Scope } from '../kernel/scope.js';

export interface KnownAction extends ActionFacts {
  /** `kms:Decrypt` */
  readonly name: string;
  /** Of an action on the account as a whole: the resource that the server asks for. */
  readonly onAccount?: ((scope: Scope) => string) | undefined;
  /** Conditions see the permissions boundary of what it is about. */
  readonly boundary?: true | undefined;
}

/** Actions by name, in any case; undefined: no service has it. */
export type FindAction = (action: string) => KnownAction | undefined;

export function finderOf(actions: Iterable<KnownAction>): FindAction {
  const known = new Map<string, KnownAction>();
  for (const action of actions) known.set(action.name.toLowerCase(), action);
  return (action) => known.get(action.toLowerCase());
}
