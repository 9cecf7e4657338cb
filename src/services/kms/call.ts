import type { ServiceError } from '../../kernel/service-error.js';
import { PipelineCall } from '../../pipeline/call.js';
import type { ParsedCiphertext } from './cryptography/ciphertext.js';
import type { Key } from './keys/key.js';
import type { StateRule } from './keys/states.js';
import type { Call, KeyNeed, KmsOperation } from './operation.js';

/** One key that a call names, or the reason why there is none to be had. */
export interface ResolvedKey {
  readonly need: KeyNeed<Record<string, unknown>>;
  readonly key: Key | undefined;
  /** The ciphertext that goes with the key, and its parts once they are known: see readCiphertexts. */
  readonly blob: Buffer | undefined;
  readonly ciphertext: ParsedCiphertext | undefined;
  /** `ciphertext`: the key was found by the blob's header alone. */
  readonly foundBy: 'name' | 'ciphertext';
  /** Whose key was named: the account of the ARN, else the caller's. */
  readonly accountId: string;
  /** The alias by which the key was named, with its prefix `alias/`. */
  readonly aliasName: string | undefined;
  /** The id that was named, also where there is no such key. */
  readonly keyId: string | undefined;
  /** The key is an AWS managed key that is not made before the caller is authorized to use it. */
  readonly planned: boolean;
  /** What to answer when `key` is undefined and the caller may know it; unless it says, that of a ciphertext. */
  readonly absence: ServiceError | undefined;
}

export type AuthorizedKey = ResolvedKey & {
  readonly key: Key;
  /** The grants that allowed it, where no policy did. */
  readonly grantIds: readonly string[];
  /** What these name as SourceArn, where the need asks and no policy allowed it. */
  readonly grantSources?: ReadonlySet<string | undefined>;
};

/** A call of KMS on its way: with the keys that it names. */
export class KmsCall<Ports = never> extends PipelineCall<KmsOperation<Ports>> implements Call {
  resolved: readonly ResolvedKey[] = [];
  authorized: readonly AuthorizedKey[] = [];
  /** Set by `authorize`. */
  wouldAllow: Call['wouldAllow'] = undecided;
  requestFor: Call['requestFor'] = undecided;

  /** The key of a call that names one. */
  get key(): Key {
    const [first] = this.authorized;
    if (!first) throw new Error('the call names no key');
    return first.key;
  }

  override get keyStore(): string | undefined {
    const [first] = this.authorized;
    return first && (first.key.customKeyStoreId ?? 'software');
  }

  get rule(): StateRule {
    const [need] = this.operation.access.keys;
    if (!need) throw new Error('the operation names no key');
    return need.state;
  }

  get keys(): Record<string, Key> {
    return byRole(this.authorized, ({ key }) => key);
  }

  get ciphertexts(): Record<string, ParsedCiphertext | undefined> {
    return byRole(this.authorized, ({ ciphertext }) => ciphertext);
  }

  get grantIds(): Record<string, readonly string[]> {
    return byRole(this.authorized, ({ grantIds }) => grantIds);
  }
}

function undecided(): never {
  throw new Error('the call has not been authorized');
}

function byRole<T>(
  keys: readonly AuthorizedKey[],
  pick: (entry: AuthorizedKey) => T,
): Record<string, T> {
  const picked: Record<string, T> = {};
  for (const entry of keys) picked[entry.need.role] = pick(entry);
  return picked;
}
