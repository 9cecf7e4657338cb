/** ARNs that every service knows. Source: AWS General Reference, "Amazon Resource Names (ARNs)". */
import type { Scope } from './scope.js';

/**
 * An ARN of a service in a Region of an account.
 * @param resource its last part: `key/…`, `user/…`
 */
export function formatArn(
  { partition, region, accountId }: Scope,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

/** IAM and STS are in no Region. */
export function globalArn(
  { partition, accountId }: Pick<Scope, 'partition' | 'accountId'>,
  service: 'iam' | 'sts',
  resource: string,
): string {
  return formatArn({ partition, region: '', accountId }, service, resource);
}

/** An account's root user, which stands for the account itself in policies. */
export function rootUserArn(partition: string, accountId: string): string {
  return globalArn({ partition, accountId }, 'iam', 'root');
}

const ACCOUNT = /^(?:arn:[a-z-]+:iam::([0-9]{12}):root|([0-9]{12}))$/;

/** The account that a principal's name stands for: its root user's ARN, or its number alone. */
export function accountNamed(name: string): string | undefined {
  const [, ofRoot, alone] = ACCOUNT.exec(name) ?? [];
  return ofRoot ?? alone;
}

/** Whether a name is in the partition of an ARN: one that is no ARN is in each. */
export function inPartitionOf(name: string, arn: string): boolean {
  return !name.startsWith('arn:') || name.split(':')[1] === arn.split(':')[1];
}

const FEDERATED_USER = /^arn:[a-z-]+:sts::[0-9]{12}:federated-user\/[\w+=,.@-]{2,64}$/;

/** Whether this is the ARN of somebody whom a user has federated (STS GetFederationToken). */
export function isFederatedUserArn(arn: string): boolean {
  return FEDERATED_USER.test(arn);
}

/** The account in an ARN; undefined where it has none. */
export function accountOfArn(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):/.exec(arn)?.[1];
}
