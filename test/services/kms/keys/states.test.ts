import { describe, expect, it } from 'vitest';
import {
  checkState,
  type KeyState,
  reportedState,
  type StateRule,
  stateRules,
} from '../../../../src/services/kms/keys/states.js';
import { operations } from '../../../support/kms-operations.js';
import { sampleKey } from '../../../support/sample-key.js';

const ARN = sampleKey().arn;

const STATES = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
  'Creating',
  'Updating',
] as const satisfies readonly KeyState[];

/** What a state is called in the texts of refusals. */
const REFUSALS = {
  disabled: { code: 'DisabledException', message: `${ARN} is disabled.` },
  'pending deletion': { code: 'KMSInvalidStateException', message: `${ARN} is pending deletion.` },
  'pending replica deletion': {
    code: 'KMSInvalidStateException',
    message: `${ARN} is pending replica deletion.`,
  },
  'not pending deletion': {
    code: 'KMSInvalidStateException',
    message: `${ARN} is not pending deletion.`,
  },
  'pending import': { code: 'KMSInvalidStateException', message: `${ARN} is pending import.` },
  external: {
    code: 'UnsupportedOperationException',
    message: `${ARN} origin is EXTERNAL which is not valid for this operation.`,
  },
  unavailable: { code: 'KMSInvalidStateException', message: `${ARN} is unavailable.` },
  creating: { code: 'KMSInvalidStateException', message: `${ARN} is creating.` },
  updating: { code: 'KMSInvalidStateException', message: `${ARN} is updating.` },
} as const;
type Outcome = 'ok' | keyof typeof REFUSALS;

/** AWS's table of key states, a column a state, in the order of STATES. */
const TABLE: Readonly<Record<StateRule, readonly Outcome[]>> = {
  any: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
  cryptography: [
    'ok',
    'disabled',
    'pending deletion',
    'pending replica deletion',
    'pending import',
    'unavailable',
    'creating',
    'ok',
  ],
  grant: [
    'ok',
    'disabled',
    'pending deletion',
    'pending replica deletion',
    'pending import',
    'ok',
    'creating',
    'ok',
  ],
  toggle: [
    'ok',
    'ok',
    'pending deletion',
    'pending replica deletion',
    'pending import',
    'ok',
    'creating',
    'updating',
  ],
  edit: ['ok', 'ok', 'pending deletion', 'pending replica deletion', 'ok', 'ok', 'ok', 'ok'],
  // An unavailable key is in a custom key store: whether it may rotate is rotation.ts's question.
  rotationSetting: [
    'ok',
    'disabled',
    'pending deletion',
    'pending replica deletion',
    'external',
    'ok',
    'creating',
    'ok',
  ],
  rotationStatus: ['ok', 'ok', 'ok', 'ok', 'external', 'ok', 'ok', 'ok'],
  rotation: [
    'ok',
    'disabled',
    'pending deletion',
    'pending replica deletion',
    'pending import',
    'ok',
    'creating',
    'updating',
  ],
  importParameters: [
    'ok',
    'ok',
    'pending deletion',
    'pending replica deletion',
    'ok',
    'ok',
    'creating',
    'updating',
  ],
  import: [
    'ok',
    'ok',
    'pending deletion',
    'pending replica deletion',
    'ok',
    'ok',
    'creating',
    'ok',
  ],
  deleteMaterial: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'creating', 'updating'],
  replicate: [
    'ok',
    'disabled',
    'pending deletion',
    'pending replica deletion',
    'pending import',
    'ok',
    'creating',
    'updating',
  ],
  updatePrimary: [
    'ok',
    'disabled',
    'pending deletion',
    'pending replica deletion',
    'pending import',
    'ok',
    'creating',
    'ok',
  ],
  scheduleDeletion: [
    'ok',
    'ok',
    'pending deletion',
    'pending replica deletion',
    'ok',
    'ok',
    'ok',
    'updating',
  ],
  cancelDeletion: [
    'not pending deletion',
    'not pending deletion',
    'ok',
    'ok',
    'not pending deletion',
    'not pending deletion',
    'not pending deletion',
    'not pending deletion',
  ],
};

const cells = Object.entries(TABLE).flatMap(([rule, outcomes]) =>
  STATES.map((state, column) => ({
    rule: rule as StateRule,
    state,
    outcome: outcomes[column] as Outcome,
  })),
);

describe('the table of key states', () => {
  it.each(cells)('$rule of a key that is $state: $outcome', ({ rule, state, outcome }) => {
    const check = () => checkState(rule, state, ARN);
    if (outcome === 'ok') expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining(REFUSALS[outcome]));
  });

  it('has every rule', () => {
    expect(Object.keys(TABLE)).toStrictEqual(Object.keys(stateRules));
  });
});

/** The rows of the same table that are operations of this server. */
const RULES: Readonly<Record<string, readonly StateRule[]>> = {
  CancelKeyDeletion: ['cancelDeletion'],
  CreateAlias: ['edit'],
  Decrypt: ['cryptography'],
  DeriveSharedSecret: ['cryptography'],
  GenerateDataKeyPair: ['cryptography'],
  GenerateDataKeyPairWithoutPlaintext: ['cryptography'],
  GenerateMac: ['cryptography'],
  GetPublicKey: ['cryptography'],
  Sign: ['cryptography'],
  Verify: ['cryptography'],
  VerifyMac: ['cryptography'],
  DeleteAlias: ['any'],
  DescribeKey: ['any'],
  DisableKey: ['toggle'],
  EnableKey: ['toggle'],
  Encrypt: ['cryptography'],
  GenerateDataKey: ['cryptography'],
  GenerateDataKeyWithoutPlaintext: ['cryptography'],
  GetKeyPolicy: ['any'],
  ListAliases: ['any'],
  ListKeyPolicies: ['any'],
  ListResourceTags: ['any'],
  PutKeyPolicy: ['any'],
  ReEncrypt: ['cryptography', 'cryptography'],
  ScheduleKeyDeletion: ['scheduleDeletion'],
  TagResource: ['edit'],
  UntagResource: ['edit'],
  // The key that loses the alias, then the one that gains it.
  UpdateAlias: ['any', 'edit'],
  UpdateKeyDescription: ['edit'],
  CreateGrant: ['grant'],
  ListGrants: ['any'],
  RetireGrant: ['any'],
  RevokeGrant: ['any'],
  EnableKeyRotation: ['rotationSetting'],
  DisableKeyRotation: ['rotationSetting'],
  GetKeyRotationStatus: ['rotationStatus'],
  RotateKeyOnDemand: ['rotation'],
  ListKeyRotations: ['any'],
  GetParametersForImport: ['importParameters'],
  ImportKeyMaterial: ['import'],
  DeleteImportedKeyMaterial: ['deleteMaterial'],
  ReplicateKey: ['replicate'],
  UpdatePrimaryRegion: ['updatePrimary'],
  GetKeyLastUsage: ['any'],
};

describe('operations', () => {
  it.each(Object.entries(RULES))('%s follows the rule of its row', (name, rules) => {
    expect(operations.get(name)?.access.keys.map(({ state }) => state)).toStrictEqual(rules);
  });

  it('with a key are all in this table', () => {
    const withKeys = [...operations.values()].filter(({ access }) => access.keys.length > 0);
    expect(withKeys.map(({ name }) => name).sort()).toStrictEqual(Object.keys(RULES).sort());
  });
});

describe('the reported state', () => {
  it.each([
    { status: 'active', enabled: true, reachable: true, state: 'Enabled' },
    { status: 'active', enabled: false, reachable: true, state: 'Disabled' },
    { status: 'active', enabled: true, reachable: false, state: 'Unavailable' },
    { status: 'active', enabled: false, reachable: false, state: 'Unavailable' },
    { status: 'pending-deletion', enabled: true, reachable: true, state: 'PendingDeletion' },
    {
      status: 'pending-replica-deletion',
      enabled: true,
      reachable: true,
      state: 'PendingReplicaDeletion',
    },
    { status: 'creating', enabled: true, reachable: true, state: 'Creating' },
    { status: 'updating', enabled: true, reachable: true, state: 'Updating' },
    { status: 'pending-deletion', enabled: false, reachable: false, state: 'PendingDeletion' },
  ] as const)(
    '$status, enabled $enabled, reachable $reachable: $state',
    ({ state, reachable, ...stored }) => {
      expect(reportedState(sampleKey(stored), reachable)).toBe(state);
    },
  );
});
