/** Policies, OIDC providers and MFA devices of an account, which callers name by their ARNs. */
import type { Scope } from '../../../kernel/scope.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import { iamError } from '../errors.js';
import { entityArn, kindNamed, parseIamArn } from './arns.js';
import type { DirectoryReader } from './directory.js';
import type { Entity, MfaDevice, OidcProvider } from './entities.js';

/** The account's entity with this very ARN; undefined where there is none, or the account is another. */
export async function entityByArn(
  directory: DirectoryReader,
  { partition, accountId }: Pick<Scope, 'partition' | 'accountId'>,
  arn: string,
): Promise<Entity | undefined> {
  const parsed = parseIamArn(arn);
  const kind = parsed && kindNamed(parsed.kind);
  if (!kind || parsed.accountId !== accountId) return undefined;
  // All that stands behind its kind is a provider's name.
  const name = kind === 'oidc-provider' ? `${parsed.path.slice(1)}${parsed.name}` : parsed.name;
  const found = await directory.find(kind, accountId, name);
  return found && entityArn(partition, found) === arn ? found : undefined;
}

/** @throws ServiceError NoSuchEntity */
export async function requireProvider(
  directory: DirectoryReader,
  scope: Scope,
  arn: string,
): Promise<OidcProvider> {
  const found = await entityByArn(directory, scope, arn);
  if (found?.kind === 'oidc-provider') return found;
  throw iamError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
}

/** @throws ServiceError NoSuchEntity */
export async function requireDevice(
  directory: DirectoryReader,
  scope: Pick<Scope, 'partition' | 'accountId'>,
  serialNumber: string,
): Promise<MfaDevice> {
  const found = await entityByArn(directory, scope, serialNumber);
  if (found?.kind === 'mfa-device') return found;
  throw noSuchDevice(serialNumber);
}

export function noSuchDevice(serialNumber: string): ServiceError {
  return iamError(
    'NoSuchEntity',
    `VirtualMFADevice with serial number ${serialNumber} doesn't exist.`,
  );
}
