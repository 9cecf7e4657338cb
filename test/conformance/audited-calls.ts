import { expect } from 'vitest';
import { arnOf } from '../support/faces/conformance-server.js';
import type { OperationName } from '../support/faces/face.js';
import { POLICY } from '../support/faces/key-operations.js';
import { ACCOUNT_ID } from '../support/strongroom.js';

export type Json = Record<string, unknown>;

/** What a record of one call holds, beside what all records hold. */
export interface Recorded {
  readonly request: Json | null;
  readonly response: Json | null;
  /** ARNs, in their order. */
  readonly resources: readonly string[];
  readonly readOnly: boolean;
}

export interface AuditedCall {
  readonly operation: OperationName;
  readonly what?: string;
  readonly input: () => Json;
  readonly recorded: (output: Json) => Recorded;
}

/** What the calls are about; filled in before the first of them. */
export interface AuditedThings {
  key: string;
  keyArn: string;
  other: string;
  otherArn: string;
  alias: string;
  store: string;
  storeMembers: {
    CustomKeyStoreName: string;
    CloudHsmClusterId: string;
    TrustAnchorCertificate: string;
    KeyStorePassword: string;
  };
  grantId: string;
  grantToken: string;
  /** A ciphertext of the key, under CONTEXT. */
  blob: Buffer;
}

// Whatever must never be written down: distinctive, so that a search finds it in any encoding.
export const PLAINTEXT = Buffer.from('the-plaintext-of-this-test-must-not-be-seen');
export const PASSWORD = 'Pa55w0rd-not-to-be-seen';

export const CONTEXT = { Tenant: 'blue', colour: 'Red' };

const DATE = expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2} [AP]M$/);
const context = { EncryptionContext: CONTEXT };
const loggedContext = { encryptionContext: CONTEXT };
const algorithm = { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
const tags = [{ TagKey: 'Colour', TagValue: 'Blue' }];

const ROOT_ARN = `arn:aws:iam::${ACCOUNT_ID}:root`;
const grant = {
  ...{ GranteePrincipal: ROOT_ARN, RetiringPrincipal: ROOT_ARN, Operations: ['Encrypt'] },
  Constraints: { EncryptionContextSubset: CONTEXT },
};
const loggedGrant = (keyId: string) => ({
  ...{ keyId, granteePrincipal: ROOT_ARN, retiringPrincipal: ROOT_ARN, operations: ['Encrypt'] },
  constraints: { encryptionContextSubset: CONTEXT },
});

const storeChanged = (request: Json, response: Json | null = null): Recorded => ({
  ...{ request, response, resources: [] },
  readOnly: false,
});

/** Every operation at least once, in an order in which each call succeeds. */
export function auditedCalls(at: AuditedThings): readonly AuditedCall[] {
  const read = (request: Json | null, resources: readonly string[] = [at.keyArn]): Recorded => ({
    ...{ request, resources, response: null },
    readOnly: true,
  });
  /** A change that answers nothing is recorded with the ARN of the key. */
  const changed = (request: Json, resources = [at.keyArn], keyId = at.keyArn): Recorded => ({
    ...{ request, resources, response: { keyId } },
    readOnly: false,
  });
  return [
    {
      operation: 'CreateKey',
      input: () => ({ Description: 'audited', Tags: tags, Policy: POLICY, MultiRegion: false }),
      recorded: ({ KeyMetadata }) => {
        const { Arn, KeyId } = KeyMetadata as { Arn: string; KeyId: string };
        return {
          request: {
            description: 'audited',
            tags: [{ tagKey: 'Colour', tagValue: 'Blue' }],
            policy: POLICY,
            multiRegion: false,
          },
          response: {
            keyMetadata: expect.objectContaining({
              aWSAccountId: ACCOUNT_ID,
              arn: Arn,
              keyId: KeyId,
              creationDate: DATE,
              enabled: true,
            }),
          },
          resources: [Arn],
          readOnly: false,
        };
      },
    },
    {
      operation: 'DescribeKey',
      input: () => ({ KeyId: at.key }),
      recorded: () => read({ keyId: at.key }),
    },
    {
      operation: 'ListKeys',
      input: () => ({ Limit: 2 }),
      recorded: () => read({ limit: 2 }, []),
    },
    { operation: 'ListKeys', what: 'nothing', input: () => ({}), recorded: () => read(null, []) },
    {
      operation: 'UpdateKeyDescription',
      input: () => ({ KeyId: at.keyArn, Description: 'new' }),
      recorded: () => changed({ keyId: at.keyArn, description: 'new' }),
    },
    {
      operation: 'CreateAlias',
      input: () => ({ AliasName: at.alias, TargetKeyId: at.key }),
      recorded: () =>
        changed({ aliasName: at.alias, targetKeyId: at.key }, [at.keyArn, arnOf(at.alias)]),
    },
    {
      operation: 'ListAliases',
      input: () => ({ KeyId: at.key }),
      recorded: () => read({ keyId: at.key }),
    },
    {
      operation: 'Encrypt',
      input: () => ({
        KeyId: at.alias,
        Plaintext: PLAINTEXT,
        ...context,
      }),
      recorded: () => read({ keyId: at.alias, ...loggedContext, ...algorithm }),
    },
    {
      operation: 'Decrypt',
      what: 'by the ciphertext',
      input: () => ({ CiphertextBlob: at.blob, ...context }),
      recorded: () => read({ keyId: at.keyArn, ...loggedContext, ...algorithm }),
    },
    {
      operation: 'Decrypt',
      what: 'by an id',
      input: () => ({ KeyId: at.key, CiphertextBlob: at.blob, ...context }),
      recorded: () => read({ keyId: at.key, ...loggedContext, ...algorithm }),
    },
    {
      operation: 'ReEncrypt',
      input: () => ({
        CiphertextBlob: at.blob,
        DestinationKeyId: at.other,
        SourceEncryptionContext: CONTEXT,
      }),
      recorded: () =>
        read(
          {
            sourceKeyId: at.keyArn,
            destinationKeyId: at.other,
            sourceEncryptionContext: CONTEXT,
            sourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
            destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
          },
          [at.keyArn, at.otherArn],
        ),
    },
    {
      operation: 'GenerateDataKey',
      input: () => ({ KeyId: at.key, KeySpec: 'AES_256', ...context }),
      recorded: () => read({ keyId: at.key, keySpec: 'AES_256', ...loggedContext }),
    },
    {
      operation: 'GenerateDataKeyWithoutPlaintext',
      input: () => ({ KeyId: at.key, NumberOfBytes: 48 }),
      recorded: () => read({ keyId: at.key, numberOfBytes: 48 }),
    },
    {
      operation: 'GenerateRandom',
      input: () => ({ NumberOfBytes: 32, CustomKeyStoreId: at.store }),
      recorded: () => read({ numberOfBytes: 32, customKeyStoreId: at.store }, []),
    },
    {
      operation: 'PutKeyPolicy',
      input: () => ({ KeyId: at.key, Policy: POLICY, BypassPolicyLockoutSafetyCheck: true }),
      recorded: () =>
        changed({ keyId: at.key, policy: POLICY, bypassPolicyLockoutSafetyCheck: true }),
    },
    {
      operation: 'GetKeyPolicy',
      input: () => ({ KeyId: at.key, PolicyName: 'default' }),
      recorded: () => read({ keyId: at.key, policyName: 'default' }),
    },
    {
      operation: 'ListKeyPolicies',
      input: () => ({ KeyId: at.key }),
      recorded: () => read({ keyId: at.key }),
    },
    {
      operation: 'TagResource',
      input: () => ({ KeyId: at.key, Tags: tags }),
      recorded: () => changed({ keyId: at.key, tags: [{ tagKey: 'Colour', tagValue: 'Blue' }] }),
    },
    {
      operation: 'ListResourceTags',
      input: () => ({ KeyId: at.key }),
      recorded: () => read({ keyId: at.key }),
    },
    {
      operation: 'UntagResource',
      input: () => ({ KeyId: at.key, TagKeys: ['Colour'] }),
      recorded: () => changed({ keyId: at.key, tagKeys: ['Colour'] }),
    },
    {
      operation: 'UpdateAlias',
      input: () => ({ AliasName: at.alias, TargetKeyId: at.other }),
      recorded: () =>
        changed(
          { aliasName: at.alias, targetKeyId: at.other },
          [at.keyArn, at.otherArn, arnOf(at.alias)],
          at.otherArn,
        ),
    },
    {
      operation: 'DeleteAlias',
      input: () => ({ AliasName: at.alias }),
      recorded: () => changed({ aliasName: at.alias }, [at.otherArn, arnOf(at.alias)], at.otherArn),
    },
    {
      operation: 'DisableKey',
      input: () => ({ KeyId: at.key }),
      recorded: () => changed({ keyId: at.key }),
    },
    {
      operation: 'EnableKey',
      input: () => ({ KeyId: at.key }),
      recorded: () => changed({ keyId: at.key }),
    },
    {
      operation: 'CreateGrant',
      input: () => ({ KeyId: at.key, ...grant }),
      recorded: ({ GrantId, GrantToken }) => {
        at.grantId = String(GrantId);
        at.grantToken = String(GrantToken);
        return { ...changed(loggedGrant(at.key)), response: { grantId: GrantId } };
      },
    },
    {
      operation: 'ListGrants',
      input: () => ({ KeyId: at.key, GrantId: at.grantId }),
      recorded: () => read({ keyId: at.key, grantId: at.grantId }),
    },
    {
      operation: 'ListRetirableGrants',
      input: () => ({ RetiringPrincipal: ROOT_ARN }),
      recorded: () => read({ retiringPrincipal: ROOT_ARN }, []),
    },
    {
      operation: 'RetireGrant',
      input: () => ({ GrantToken: at.grantToken }),
      recorded: () => ({ ...changed({}), request: null }),
    },
    {
      operation: 'CreateGrant',
      what: 'again',
      input: () => ({ KeyId: at.key, ...grant }),
      recorded: ({ GrantId }) => {
        at.grantId = String(GrantId);
        return { ...changed(loggedGrant(at.key)), response: { grantId: GrantId } };
      },
    },
    {
      operation: 'RevokeGrant',
      input: () => ({ KeyId: at.key, GrantId: at.grantId }),
      recorded: () => changed({ keyId: at.key, grantId: at.grantId }),
    },
    {
      operation: 'ScheduleKeyDeletion',
      input: () => ({ KeyId: at.key, PendingWindowInDays: 7 }),
      recorded: () => ({
        ...changed({ keyId: at.key, pendingWindowInDays: 7 }),
        response: {
          keyId: at.keyArn,
          keyState: 'PendingDeletion',
          deletionDate: DATE,
          pendingWindowInDays: 7,
        },
      }),
    },
    {
      operation: 'CancelKeyDeletion',
      input: () => ({ KeyId: at.key }),
      recorded: () => changed({ keyId: at.key }),
    },
    {
      operation: 'DescribeCustomKeyStores',
      input: () => ({ CustomKeyStoreId: at.store }),
      recorded: () => read({ customKeyStoreId: at.store }, []),
    },
    {
      operation: 'DisconnectCustomKeyStore',
      input: () => ({ CustomKeyStoreId: at.store }),
      recorded: () => storeChanged({ customKeyStoreId: at.store }),
    },
    {
      operation: 'UpdateCustomKeyStore',
      input: () => ({
        ...{ CustomKeyStoreId: at.store, NewCustomKeyStoreName: 'renamed' },
        KeyStorePassword: PASSWORD,
      }),
      recorded: () =>
        storeChanged({ customKeyStoreId: at.store, newCustomKeyStoreName: 'renamed' }),
    },
    {
      operation: 'DeleteCustomKeyStore',
      input: () => ({ CustomKeyStoreId: at.store }),
      recorded: () => storeChanged({ customKeyStoreId: at.store }),
    },
    {
      operation: 'CreateCustomKeyStore',
      input: () => ({ ...at.storeMembers }),
      recorded: ({ CustomKeyStoreId }) => {
        at.store = String(CustomKeyStoreId);
        return storeChanged(
          {
            customKeyStoreName: 'audited',
            cloudHsmClusterId: 'cluster-softhsmtoken',
            trustAnchorCertificate: at.storeMembers.TrustAnchorCertificate,
          },
          { customKeyStoreId: CustomKeyStoreId },
        );
      },
    },
    {
      operation: 'ConnectCustomKeyStore',
      input: () => ({ CustomKeyStoreId: at.store }),
      recorded: () => storeChanged({ customKeyStoreId: at.store }),
    },
  ];
}
