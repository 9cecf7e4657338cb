/** The access keys that may sign requests, opened at the start and held in memory. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Caller } from '../api/operation.js';
import type { Config } from '../config/config.js';
import { accessKeyLocation, type Sealer } from '../keystores/sealing.js';
import type { AccessKeyRepository } from '../persistence/access-key-repository.js';
import { makeAccessKeyId, makeSecretAccessKey } from './access-key.js';
import { readSharedCredentials, writeSharedCredentials } from './shared-credentials.js';
import type { AccessKey } from './sigv4/verifier.js';

/** To whom an access key belongs. */
export type Principal = Pick<Caller, 'kind' | 'accountId' | 'arn'>;

const ROOT = 'root';
const START_TIMEOUT_MS = 60_000;

export interface AccessKeysOptions {
  readonly config: Config;
  readonly repository: AccessKeyRepository;
  readonly sealer: Sealer;
  readonly now: () => number;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export class AccessKeys {
  readonly #options: AccessKeysOptions;
  readonly #byId = new Map<string, AccessKey<Principal>>();

  constructor(options: AccessKeysOptions) {
    this.#options = options;
  }

  /** Where the root user's credentials stand, in AWS's shared-credentials form. */
  static file(config: Config): string {
    return join(config.dataDir, 'credentials');
  }

  /**
   * Makes sure that the account's root user can sign, and opens every stored key. Configured
   * credentials replace the stored ones. On the first start without any, they are made at random
   * and written to the file before they are stored: a crash in between loses nothing, because the
   * next start takes them from there.
   */
  async load(): Promise<void> {
    const { config, repository } = this.#options;
    const file = AccessKeys.file(config);
    const configured = configuredCredentials(config);
    const stored = await repository.all();
    if (configured) {
      await writeSharedCredentials(file, configured);
      await this.#store(configured);
    } else if (
      !stored.some((key) => key.principal === ROOT && key.accountId === config.accountId)
    ) {
      const made = (await readSharedCredentials(file)) ?? makeCredentials();
      await writeSharedCredentials(file, made);
      await this.#store(made);
    }
    for (const key of await repository.all()) await this.#open(key);
  }

  find(accessKeyId: string): AccessKey<Principal> | undefined {
    return this.#byId.get(accessKeyId);
  }

  async #store({ accessKeyId, secretAccessKey }: Credentials): Promise<void> {
    const { config, repository, sealer, now } = this.#options;
    const secret = Buffer.from(secretAccessKey, 'utf8');
    const location = accessKeyLocation(accessKeyId);
    await repository.replace({
      accessKeyId,
      accountId: config.accountId,
      principal: ROOT,
      status: 'Active',
      sealedSecret: await sealer.seal(secret, location, now() + START_TIMEOUT_MS),
    });
    secret.fill(0);
  }

  async #open(key: Awaited<ReturnType<AccessKeyRepository['all']>>[number]): Promise<void> {
    const { config, sealer, now } = this.#options;
    const { accessKeyId, accountId, status } = key;
    const location = accessKeyLocation(accessKeyId);
    const secret = await sealer.open(key.sealedSecret, location, now() + START_TIMEOUT_MS);
    const arn = `arn:${config.partition}:iam::${accountId}:root`;
    this.#byId.set(accessKeyId, {
      accessKeyId,
      secretAccessKey: secret.toString('utf8'),
      status,
      principal: { kind: 'root', accountId, arn },
    });
    secret.fill(0);
  }
}

function configuredCredentials(config: Config): Credentials | undefined {
  const { rootAccessKeyId: accessKeyId, rootSecretAccessKey } = config;
  if (accessKeyId === undefined || rootSecretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey: rootSecretAccessKey.reveal() };
}

function makeCredentials(): Credentials {
  return {
    accessKeyId: makeAccessKeyId(randomBytes),
    secretAccessKey: makeSecretAccessKey(randomBytes),
  };
}
