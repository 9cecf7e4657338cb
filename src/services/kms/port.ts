/** What other services of this server may ask of KMS; they import nothing else of it. */
import type { IdentityCall } from '../../declare/identity-operation.js';
import { CommonError } from '../../kernel/common-errors.js';
import type { Scope } from '../../kernel/scope.js';
import type { ServedService } from '../../pipeline/service.js';

type EncryptionContext = Readonly<Record<string, string>>;

/** A service's own call, of which it makes one of KMS. */
export type CallOfService = Pick<IdentityCall, 'caller' | 'scope' | 'deadline' | 'facts'>;

/**
 * KMS in the name of a service's caller, as AWS's services use it (forward access sessions): the
 * caller's own policies and the key's decide, with the service in `kms:ViaService` and
 * `aws:CalledVia`, and the trail records the call of KMS, too.
 *
 * Each function throws the ServiceError that KMS answers, and CommonError AccessDeniedException when
 * the caller is a service itself or has come through one.
 */
export interface KmsPort {
  /** @param Plaintext up to 4,096 octets */
  encrypt(
    input: {
      readonly KeyId: string;
      readonly Plaintext: Buffer;
      readonly EncryptionContext?: EncryptionContext;
    },
    by: CallOfService,
  ): Promise<{ readonly CiphertextBlob: Buffer; readonly KeyId: string }>;

  /** @param KeyId the only key that will do; without it the one that the ciphertext names */
  decrypt(
    input: {
      readonly CiphertextBlob: Buffer;
      readonly KeyId?: string;
      readonly EncryptionContext?: EncryptionContext;
    },
    by: CallOfService,
  ): Promise<{ readonly Plaintext: Buffer; readonly KeyId: string }>;

  /** A data key of 32 octets. */
  generateDataKey(
    input: { readonly KeyId: string; readonly EncryptionContext?: EncryptionContext },
    by: CallOfService,
  ): Promise<{
    readonly Plaintext: Buffer;
    readonly CiphertextBlob: Buffer;
    readonly KeyId: string;
  }>;

  /** @param tags by tag key */
  tagResource(
    input: { readonly KeyId: string; readonly tags: ReadonlyMap<string, string> },
    by: CallOfService,
  ): Promise<void>;

  untagResource(
    input: { readonly KeyId: string; readonly TagKeys: readonly string[] },
    by: CallOfService,
  ): Promise<void>;
}

/** A key that has tags, or has had them. */
export interface TaggedKey {
  readonly keyId: string;
  readonly arn: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** What an account's keys in a Region are tagged with. Who may know it the asking service decides. */
export interface KeyTags {
  /** By key id, after one. */
  list(scope: Scope, after: string, limit: number): Promise<TaggedKey[]>;
  /** Those of these that there are; up to a hundred. */
  named(scope: Scope, keyIds: readonly string[]): Promise<TaggedKey[]>;
  /** Tag keys in use, in order, after one. */
  names(scope: Scope, after: string, limit: number): Promise<string[]>;
  /** The values in use of a tag key, in order, after one. */
  values(scope: Scope, tagKey: string, after: string | undefined, limit: number): Promise<string[]>;
}

/**
 * @param served KMS
 * @returns a port for the service of this name, as in `secretsmanager`
 */
export function makeKmsPort(served: ServedService): (service: string) => KmsPort {
  return (service) => {
    const serviceName = `${service}.amazonaws.com`;
    const call = <Output>(operation: string, members: object, by: CallOfService) =>
      forward<Output>({ served, serviceName, operation, members, by });
    return {
      encrypt: ({ Plaintext, ...input }, by) =>
        call('Encrypt', { ...input, Plaintext: Plaintext.toString('base64') }, by),
      decrypt: ({ CiphertextBlob, ...input }, by) =>
        call('Decrypt', { ...input, CiphertextBlob: CiphertextBlob.toString('base64') }, by),
      generateDataKey: (input, by) => call('GenerateDataKey', { ...input, KeySpec: 'AES_256' }, by),
      tagResource: ({ KeyId, tags }, by) => {
        const Tags = [...tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
        return call('TagResource', { KeyId, Tags }, by);
      },
      untagResource: (input, by) => call('UntagResource', input, by),
    };
  };
}

interface Forwarding {
  readonly served: ServedService;
  readonly serviceName: string;
  readonly operation: string;
  /** As parsed JSON would give them. */
  readonly members: object;
  readonly by: CallOfService;
}

async function forward<Output>(forwarding: Forwarding): Promise<Output> {
  const { served, serviceName, operation, members, by } = forwarding;
  const { caller, scope, deadline, facts } = by;
  // Whoever was forwarded once is not forwarded again: the first service would be forgotten.
  if (caller.type === 'AWSService' || caller.via) {
    throw new CommonError(
      'AccessDeniedException',
      'The caller has no credentials that can be forwarded.',
    );
  }
  const declared = served.service.operations.get(operation);
  if (!declared) throw new Error(`KMS has no ${operation}`);
  const { output, error } = await served.forward(
    {
      caller: { ...caller, via: { serviceName } },
      scope,
      deadline,
      transport: transportWithin(serviceName, scope.region, facts.http.secure),
    },
    { route: () => declared, members: () => members },
  );
  if (error) throw error;
  // What the operation's declaration says that it answers.
  return output as Output;
}

/** No octets travel; what policies and records say of the way is the service. */
function transportWithin(serviceName: string, region: string, secure: boolean) {
  const host = `kms.${region}.amazonaws.com`;
  return {
    http: {
      method: 'POST',
      target: '/',
      headers: { host, 'user-agent': serviceName },
      rawHeaders: [],
      body: Buffer.alloc(0),
    },
    sourceIp: serviceName,
    secure,
    tls: undefined,
  };
}
