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
  e1: { code: 'DisabledException', message: `${ARN} is disabled.` },
  e3: { code: 'KMSInvalidStateException', message: `${ARN} is pending deletion.` },
  e3r: { code: 'KMSInvalidStateException', message: `${ARN} is pending replica deletion.` },
  e4: { code: 'KMSInvalidStateException', message: `${ARN} is not pending deletion.` },
  e5: { code: 'KMSInvalidStateException', message: `${ARN} is pending import.` },
  e6: {
    code: 'UnsupportedOperationException',
    message: `${ARN} origin is EXTERNAL which is not valid for this operation.`,
  },
  e11: { code: 'KMSInvalidStateException', message: `${ARN} is unavailable.` },
  e14: { code: 'KMSInvalidStateException', message: `${ARN} is creating.` },
  e15: { code: 'KMSInvalidStateException', message: `${ARN} is updating.` },
} as const;
type Outcome = 'ok' | keyof typeof REFUSALS;

/** AWS's table of key states, a column a state, in the order of STATES. */
const TABLE: Readonly<Record<StateRule, readonly Outcome[]>> = {
  any: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
  cryptography: ['ok', 'e1', 'e3', 'e3r', 'e5', 'e11', 'e14', 'ok'],
  grant: ['ok', 'e1', 'e3', 'e3r', 'e5', 'ok', 'e14', 'ok'],
  toggle: ['ok', 'ok', 'e3', 'e3r', 'e5', 'ok', 'e14', 'e15'],
  edit: ['ok', 'ok', 'e3', 'e3r', 'ok', 'ok', 'ok', 'ok'],
  // An unavailable key is in a custom key store: whether it may rotate is rotation.ts's question.
  rotationSetting: ['ok', 'e1', 'e3', 'e3r', 'e6', 'ok', 'e14', 'ok'],
  rotationStatus: ['ok', 'ok', 'ok', 'ok', 'e6', 'ok', 'ok', 'ok'],
  rotation: ['ok', 'e1', 'e3', 'e3r', 'e5', 'ok', 'e14', 'e15'],
  importParameters: ['ok', 'ok', 'e3', 'e3r', 'ok', 'ok', 'e14', 'e15'],
  import: ['ok', 'ok', 'e3', 'e3r', 'ok', 'ok', 'e14', 'ok'],
  deleteMaterial: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'e14', 'e15'],
  replicate: ['ok', 'e1', 'e3', 'e3r', 'e5', 'ok', 'e14', 'e15'],
  updatePrimary: ['ok', 'e1', 'e3', 'e3r', 'e5', 'ok', 'e14', 'ok'],
  scheduleDeletion: ['ok', 'ok', 'e3', 'e3r', 'ok', 'ok', 'ok', 'e15'],
  cancelDeletion: ['e4', 'e4', 'ok', 'ok', 'e4', 'e4', 'e4', 'e4'],
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
