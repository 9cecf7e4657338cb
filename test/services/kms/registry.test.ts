import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../../src/declare/validate.js';
import { errorCatalogue } from '../../../src/services/kms/errors.js';
import { operations, restOperations } from '../../support/kms-operations.js';

/** Every operation of the AWS KMS API, 2014-11-01. */
const KMS_MODEL = [
  'CancelKeyDeletion',
  'ConnectCustomKeyStore',
  'CreateAlias',
  'CreateCustomKeyStore',
  'CreateGrant',
  'CreateKey',
  'Decapsulate',
  'Decrypt',
  'DeleteAlias',
  'DeleteCustomKeyStore',
  'DeleteImportedKeyMaterial',
  'DeriveSharedSecret',
  'DescribeCustomKeyStores',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'DisconnectCustomKeyStore',
  'EnableKey',
  'EnableKeyRotation',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GenerateRandom',
  'GetKeyLastUsage',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'GetParametersForImport',
  'GetPublicKey',
  'ImportKeyMaterial',
  'ListAliases',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListKeys',
  'ListResourceTags',
  'ListRetirableGrants',
  'PutKeyPolicy',
  'ReEncrypt',
  'ReplicateKey',
  'RetireGrant',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'Sign',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateCustomKeyStore',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
  'Verify',
  'VerifyMac',
];

/** Operations with DryRun, of those that are here (API Reference, "Testing your permissions"). */
const DRY_RUN = [
  'CreateGrant',
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'RetireGrant',
  'RevokeGrant',
  'Sign',
  'Verify',
  'VerifyMac',
];

/** What GetKeyLastUsage tracks. Source: AWS KMS API Reference, KeyLastUsageData. */
const COUNTS_AS_USE = [
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
];

/** What changes nothing, as CloudTrail's readOnly has it. */
const READ_ONLY =
  /^(Describe|Get|List|(En|De)(crypt|capsulate)$|ReEncrypt$|Generate|Sign$|Verify|DeriveSharedSecret$)/;

const all = [...operations.values()];
const membersOf = (shape: TObject | 'nothing') =>
  shape === 'nothing' ? {} : (shape.properties as Record<string, Shape>);

describe('the registry', () => {
  it('is the KMS model, each operation once', () => {
    expect([...operations.keys()].toSorted()).toEqual(KMS_MODEL);
  });

  it('has every operation in one section', () => {
    expect(new Set(restOperations.map(({ name }) => name)).size).toBe(restOperations.length);
  });

  it('has no two operations on one route', () => {
    const routes = restOperations.map(
      ({ route: { method, path } }) =>
        // Whatever a parameter is called, a request can't tell.
        `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
    );
    expect(routes.toSorted()).toEqual([...new Set(routes)].toSorted());
  });
});

describe.each(all.map((operation) => ({ operation, name: operation.name })))(
  '$name',
  ({ operation, name }) => {
    const inputs = membersOf(operation.input);
    const { response } = operation.audit;

    it('has path parameters that are required members of its input', () => {
      for (const [, member = ''] of operation.route.path.matchAll(/\{(\w+)\}/g)) {
        expect(operation.input.required).toContain(member);
      }
    });

    it('takes a query that is text, numbers and flags only', () => {
      if (operation.route.method !== 'GET' && operation.route.method !== 'DELETE') return;
      for (const shape of Object.values(inputs)) {
        expect(['string', 'integer', 'boolean', 'array']).toContain(shape.type);
        expect(shape.contentEncoding).toBeUndefined();
      }
    });

    it('records a response exactly when it changes something', () => {
      expect(operation.readOnly).toBe(READ_ONLY.test(name));
      if (operation.readOnly) expect(response).toBeNull();
    });

    it('records the ARN of the changed key when it answers nothing', () => {
      if (operation.output === 'nothing') expect(response).toBe('keyId');
    });

    it('declares errors of the KMS model', () => {
      for (const code of operation.errors) {
        expect(errorCatalogue).toHaveProperty(code, expect.objectContaining({ modeled: true }));
      }
    });

    it('has DryRun where AWS has it', () => {
      expect(operation.dryRun).toBe(DRY_RUN.includes(name));
    });

    it('counts as use where AWS tracks it', () => {
      expect(operation.countsAsUse ?? false).toBe(COUNTS_AS_USE.includes(name));
    });

    it('names its keys by members of its input, or its own action', () => {
      const { keys, action, alias } = operation.access;
      for (const need of keys) expect(Object.keys(inputs)).toContain(need.member);
      expect(new Set(keys.map(({ role }) => role)).size).toBe(keys.length);
      // An alias is a resource of its own, and a filter is none.
      const withoutKey = keys.every(({ optional }) => optional) || alias !== undefined;
      expect(action).toBe(withoutKey ? `kms:${name}` : undefined);
    });
  },
);
