/** What other services of this server may ask of KMS; they import nothing else of it. */
import type { IdentityCall } from '../../declare/identity-operation.js';
import { CommonError } from '../../kernel/common-errors.js';
import type { Scope } from '../../kernel/scope.js';
import type { ServiceError } from '../../kernel/service-error.js';
import type { Forwarded, ServedService } from '../../pipeline/service.js';

type Caller = Forwarded['caller'];
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

  /** The HTTP status of an error that one of these has thrown. */
  statusOf(error: ServiceError): number;
}

/** The service that signs web identity tokens, and may use the keys for it. */
export const WEB_IDENTITY_SERVICE = 'sts.amazonaws.com';

/** The key specs' algorithms with which KMS signs web identity tokens. */
export type WebIdentitySigning = 'RSASSA_PKCS1_V1_5_SHA_256' | 'ECDSA_SHA_384';

/** Which key, and until when there must be an answer. */
export interface WebIdentityKey {
  /** `alias/aws/sts-<rs256 or es384>-<number>`: the key is made when the alias is first used. */
  readonly alias: string;
  /** Whose tokens they are, and the Region in which the account has the key. */
  readonly scope: Scope;
  readonly deadline: number;
}

/**
 * The keys that sign an account's web identity tokens, in the name of STS itself: the keys' policies let
 * nobody else use them, and the trail records each use. Of calls and servers that use an alias first,
 * all get the same key.
 *
 * Each function throws the ServiceError that KMS answers.
 */
export interface WebIdentityKeys {
  /** SubjectPublicKeyInfo. */
  publicKey(key: WebIdentityKey): Promise<Buffer>;
  /** @returns as KMS's Sign answers it */
  sign(key: WebIdentityKey, algorithm: WebIdentitySigning, digest: Buffer): Promise<Buffer>;
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
      statusOf: ({ code }) => served.service.errors.catalogue[code]?.http ?? 500,
    };
  };
}

/**
 * @param served KMS
 * @param sts STS as a principal
 */
export function makeWebIdentityKeys(served: ServedService, sts: Caller): WebIdentityKeys {
  const call = <Output>(
    operation: string,
    { alias, scope, deadline }: WebIdentityKey,
    more: object = {},
  ) => {
    const members = { KeyId: alias, ...more };
    const secure = true;
    const by = { caller: sts, scope, deadline, secure, serviceName: WEB_IDENTITY_SERVICE };
    return ask<Output>(served, operation, members, by);
  };
  return {
    async publicKey(key) {
      return (await call<{ readonly PublicKey: Buffer }>('GetPublicKey', key)).PublicKey;
    },
    async sign(key, SigningAlgorithm, digest) {
      const Message = digest.toString('base64');
      const members = { Message, MessageType: 'DIGEST', SigningAlgorithm };
      return (await call<{ readonly Signature: Buffer }>('Sign', key, members)).Signature;
    },
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
  const { secure } = facts.http;
  const forwarded = { ...caller, via: { serviceName } };
  const asked = { caller: forwarded, scope, deadline, secure, serviceName };
  return ask<Output>(served, operation, members, asked);
}

interface Asking {
  readonly caller: Caller;
  readonly scope: Scope;
  readonly deadline: number;
  readonly secure: boolean;
  readonly serviceName: string;
}

async function ask<Output>(
  served: ServedService,
  operation: string,
  members: object,
  { caller, scope, deadline, secure, serviceName }: Asking,
): Promise<Output> {
  const declared = served.service.operations.get(operation);
  if (!declared) throw new Error(`KMS has no ${operation}`);
  const transport = transportWithin(serviceName, scope.region, secure);
  const { output, error } = await served.forward(
    { caller, scope, deadline, transport },
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
