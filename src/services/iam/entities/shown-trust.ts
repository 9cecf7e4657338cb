import { shownPolicy } from '../../../authz/policy-principals.js';
import type { Role } from '../directory/entities.js';
import type { Uses } from '../ports.js';

/** A role's trust policy as answers show it: whom it names and who is gone by unique id. */
export function shownTrust(
  { trustPolicy }: Role,
  { principals }: Uses<'principals'>,
): Promise<string> {
  return shownPolicy(trustPolicy.text, trustPolicy.principalIds, principals);
}
