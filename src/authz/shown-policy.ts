/** Principals in stored policies, between their names and their unique ids. authorization.md §3. */
import { isObject } from './condition.js';

/** Who a name is, and who a unique id is now. */
export interface PrincipalNames {
  /** The unique id of the user or role behind an ARN; undefined: there is none. */
  idOf(arn: string): Promise<string | undefined>;
  /** The ARN that a unique id has now; undefined: it is gone. */
  arnOf(uniqueId: string): Promise<string | undefined>;
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
