/** Principals in stored policies, between their names and their unique ids. authorization.md §3. */
import { accountNamed, accountOfArn, isFederatedUserArn } from '../kernel/arns.js';
import { isUserOrRoleId } from '../kernel/principal-ids.js';
import { isObject } from './condition.js';

/** Who a name is, and who a unique id is now. */
export interface PrincipalNames {
  /** The unique id of the user or role behind an ARN; undefined: there is none. */
  idOf(arn: string): Promise<string | undefined>;
  /** The ARN that a unique id, or `AROA…:name` of a role session, has now; undefined: it is gone. */
  arnOf(id: string): Promise<string | undefined>;
  /** Whether it is an account of this server. */
  hasAccount(accountId: string): boolean;
}

/** A policy names somebody who doesn't exist. */
export class UnknownPrincipalError extends Error {
  override readonly name = 'UnknownPrincipalError';
  readonly principal: string;

  constructor(principal: string) {
    super(`There is no principal ${principal}`);
    this.principal = principal;
  }
}

/**
 * Who the users, roles and sessions are that a policy names, by ARN or unique id as it stands in the
 * text, which must have been checked.
 * @throws UnknownPrincipalError
 */
export async function identifyPrincipals(
  text: string,
  names: PrincipalNames,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of policyPrincipals(text)) {
    if (name === '*' || accountNamed(name) !== undefined) continue;
    // There is no more to a federated user than its account and name.
    if (isFederatedUserArn(name) && names.hasAccount(accountOfArn(name) ?? '')) continue;
    const id = isUserOrRoleId(name) ? (await names.arnOf(name)) && name : await names.idOf(name);
    if (id === undefined) throw new UnknownPrincipalError(name);
    ids[name] = id;
  }
  return ids;
}

/** Every AWS principal that the statements name, each once. The text must have been checked. */
export function policyPrincipals(text: string): readonly string[] {
  const document: unknown = JSON.parse(text);
  const names = new Set<string>();
  if (!isObject(document)) return [];
  for (const statement of [document.Statement].flat()) {
    if (!isObject(statement)) continue;
    for (const element of [statement.Principal, statement.NotPrincipal]) {
      if (!isObject(element) || element.AWS === undefined) continue;
      for (const name of [element.AWS].flat()) if (typeof name === 'string') names.add(name);
    }
  }
  return [...names];
}

/**
 * A stored policy's text: as it was given while its principals are what they were; else with the new
 * ARN of those renamed and the unique id of those deleted.
 * @param principalIds unique ids by ARN as the text has it
 */
export async function shownPolicy(
  text: string,
  principalIds: Readonly<Record<string, string>>,
  names: PrincipalNames,
): Promise<string> {
  const renamed = new Map<string, string>();
  for (const [written, id] of Object.entries(principalIds)) {
    const now = (await names.arnOf(id)) ?? id;
    const kept = written.includes(':assumed-role/') && now !== id;
    if (now !== written && !kept) renamed.set(written, now);
  }
  if (renamed.size === 0) return text;
  const document = JSON.parse(text);
  for (const statement of [document.Statement].flat()) {
    for (const element of [statement.Principal, statement.NotPrincipal]) {
      if (!isObject(element) || element.AWS === undefined) continue;
      const shown = [element.AWS].flat().map((name) => renamed.get(String(name)) ?? name);
      Object.assign(element, { AWS: Array.isArray(element.AWS) ? shown : shown[0] });
    }
  }
  return JSON.stringify(document, null, 2);
}
