/** Whose an access key is: a root user's, a service's or a user's. */

export interface AccessKeyOwner {
  readonly accountId: string;
  /** `root`, a user's unique id, or `service:` and the service principal's name. */
  readonly principal: string;
}

export const ROOT = 'root';
const SERVICE = 'service:';

export const rootOf = (accountId: string): AccessKeyOwner => ({ accountId, principal: ROOT });
export const serviceOwner = (accountId: string, name: string): AccessKeyOwner => ({
  accountId,
  principal: SERVICE + name,
});

/** The service principal's name; undefined: the owner is no service. */
export function serviceNameOf({ principal }: AccessKeyOwner): string | undefined {
  return principal.startsWith(SERVICE) ? principal.slice(SERVICE.length) : undefined;
}

/** The user's unique id; undefined: the owner is no user. */
export function userIdOf(owner: AccessKeyOwner): string | undefined {
  const isUser = owner.principal !== ROOT && serviceNameOf(owner) === undefined;
  return isUser ? owner.principal : undefined;
}
