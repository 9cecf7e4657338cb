/** How a change of the feed names what has changed in IAM, and whom it concerns. */
import type { EntityKind } from './entities.js';

/**
 * Who was read with what a change of such an entity changes: it alone (with its sessions), anybody of the
 * account, whose policies it may be; or nobody, since it has no part in what a principal may do.
 */
export const CONCERNS = {
  user: 'itself',
  role: 'itself',
  group: 'account',
  policy: 'account',
  'oidc-provider': 'nobody',
  'mfa-device': 'nobody',
  'instance-profile': 'nobody',
} as const satisfies Record<EntityKind, 'itself' | 'account' | 'nobody'>;

interface Changed {
  readonly accountId: string;
  readonly kind: EntityKind;
  readonly uniqueId: string;
}

/** Without an id where it would be a long ARN that nobody asks for. */
export function iamRef({ accountId, kind, uniqueId }: Changed): string {
  return CONCERNS[kind] === 'nobody' ? `${accountId}/${kind}` : `${accountId}/${kind}/${uniqueId}`;
}

/** What a ref says; of one without a known kind that it concerns its whole account. */
export function readIamRef(ref: string) {
  const [accountId = '', kind = '', uniqueId = ''] = ref.split('/');
  const concerns = Object.hasOwn(CONCERNS, kind) ? CONCERNS[kind as EntityKind] : 'account';
  return { accountId, uniqueId, concerns };
}
