/**
 * What must be able to sign from the start: the root user of each account, and the configured
 * services. Their credentials stand in files, in AWS's shared-credentials form.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type AccessKeyOwner, rootOf, serviceOwner } from './access-key-owner.js';
import type { AccessKeyRepository } from './access-key-repository.js';
import { type AccessKeys, type Credentials, makeCredentials } from './access-keys.js';
import type { AccountRepository } from './account-repository.js';
import { readSharedCredentials, writeSharedCredentials } from './shared-credentials.js';

/** Who is to be able to sign, and where that is written down. */
export interface FirstIdentities {
  readonly dataDir: string;
  /** The first account, and further ones. */
  readonly accountId: string;
  readonly accounts: readonly string[];
  readonly services: readonly { readonly principal: string }[];
  readonly rootAccessKeyId?: string | undefined;
  readonly rootSecretAccessKey?: { reveal(): string } | undefined;
}

/** Where the first account's root credentials stand. */
export function credentialsFile({ dataDir }: Pick<FirstIdentities, 'dataDir'>): string {
  return join(dataDir, 'credentials');
}

const accountFile = ({ dataDir }: FirstIdentities, accountId: string) =>
  join(dataDir, 'accounts', `${accountId}.credentials`);
const serviceFile = ({ dataDir }: FirstIdentities, name: string) =>
  join(dataDir, 'services', `${name}.credentials`);

export interface FirstCredentialsOptions {
  readonly identities: FirstIdentities;
  readonly accessKeys: AccessKeys;
  readonly repository: AccessKeyRepository;
  readonly accounts: AccountRepository;
}

/** Repeating it changes nothing: a root key that was deleted or switched off since stays so. */
export async function ensureFirstCredentials(options: FirstCredentialsOptions): Promise<void> {
  const { identities, accounts } = options;
  for (const accountId of [identities.accountId, ...identities.accounts]) {
    const isFirst = accountId === identities.accountId;
    const file = isFirst ? credentialsFile(identities) : accountFile(identities, accountId);
    const configured = isFirst ? configuredCredentials(identities) : undefined;
    if (configured) {
      await accounts.insert(accountId);
      await applyConfigured(options, accountId, configured, file);
    } else if (!(await accounts.find(accountId))) {
      await makeOnce(options, rootOf(accountId), file);
      await accounts.insert(accountId);
    }
  }
  for (const { principal } of identities.services) {
    const owner = serviceOwner(identities.accountId, principal);
    if ((await options.repository.list(owner)).length === 0) {
      await makeOnce(options, owner, serviceFile(identities, principal));
    }
  }
}

/**
 * The file is written before the key is stored: a crash in between loses nothing, because the next
 * start takes the credentials from there.
 */
async function makeOnce(
  { accessKeys, repository }: FirstCredentialsOptions,
  owner: AccessKeyOwner,
  file: string,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const credentials = (await readSharedCredentials(file)) ?? makeCredentials();
  await writeSharedCredentials(file, credentials);
  if (await repository.find(credentials.accessKeyId)) return;
  await accessKeys.create(owner, credentials);
}

/**
 * Configured credentials count when they are new. The same ones again bring a stored key's secret up
 * to date and don't bring back a key that was deleted or switched off since.
 */
async function applyConfigured(
  { accessKeys, repository, accounts }: FirstCredentialsOptions,
  accountId: string,
  configured: Credentials,
  file: string,
): Promise<void> {
  const owner = rootOf(accountId);
  const { accessKeyId } = configured;
  const stored = await repository.find(accessKeyId);
  const account = await accounts.find(accountId);
  const sealed = await accessKeys.sealed(owner, configured);
  if (stored) {
    await repository.setSecret(owner, accessKeyId, sealed.sealedSecret);
    await accounts.setConfigured(accountId, accessKeyId);
  } else if (account?.configuredKeyId === accessKeyId) {
    return;
  } else {
    await repository.replaceConfigured(sealed);
  }
  await writeSharedCredentials(file, configured);
}

function configuredCredentials(identities: FirstIdentities): Credentials | undefined {
  const { rootAccessKeyId: accessKeyId, rootSecretAccessKey } = identities;
  if (accessKeyId === undefined || rootSecretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey: rootSecretAccessKey.reveal() };
}
