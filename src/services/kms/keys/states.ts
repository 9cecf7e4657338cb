/**
 * What state a key reports, and which operation may meet it in which state.
 * Source: AWS KMS Developer Guide, "Key states of AWS KMS keys"; shared reference, operations.md §5,
 * recorded-kms.md (GetPublicKey, GetKeyRotationStatus).
 */

import type { ServiceError } from '../../../kernel/service-error.js';
import { refuse } from '../refusals.js';
import type { KeyMetadata } from '../shapes.js';
import { isComplete, type Key } from './key.js';

export type KeyState = KeyMetadata['KeyState'];

/**
 * @param materialReachable whether the key's store is connected and holds its current material.
 * A key that awaits deletion says so even when its store is away, so that it can be cancelled.
 */
export function reportedState(key: Key, materialReachable: boolean): KeyState {
  if (key.status === 'pending-deletion') return 'PendingDeletion';
  if (key.status === 'pending-replica-deletion') return 'PendingReplicaDeletion';
  if (key.status === 'creating') return 'Creating';
  if (key.origin === 'EXTERNAL' && !isComplete(key)) return 'PendingImport';
  if (!materialReachable) return 'Unavailable';
  if (key.status === 'updating') return 'Updating';
  return key.enabled ? 'Enabled' : 'Disabled';
}

type StateRefusal = (keyArn: string) => ServiceError;

/** A row of the table: the states that refuse, each with its error. What isn't named is allowed. */
type StateRow = Readonly<Partial<Record<KeyState, StateRefusal>>>;

const pending: StateRow = {
  PendingDeletion: refuse.pendingDeletion,
  PendingReplicaDeletion: refuse.pendingReplicaDeletion,
};
const beingMade: StateRow = { Creating: refuse.creating };
const beingChanged: StateRow = { Creating: refuse.creating, Updating: refuse.updating };

export const stateRules = {
  /** Reads, the rotation status among them, policies, grants' end, DeleteAlias: any state. */
  any: {},
  /** All uses of the key's material. */
  cryptography: {
    ...pending,
    ...beingMade,
    Disabled: refuse.disabled,
    PendingImport: refuse.pendingImport,
    Unavailable: refuse.unavailable,
  },
  /** GetPublicKey: a disabled key shows its public half. */
  publicKey: {
    ...pending,
    ...beingMade,
    PendingImport: refuse.pendingImport,
    Unavailable: refuse.unavailable,
  },
  /** CreateGrant: as cryptography, but an unavailable key may get grants. */
  grant: {
    ...pending,
    ...beingMade,
    Disabled: refuse.disabled,
    PendingImport: refuse.pendingImport,
  },
  /** EnableKey, DisableKey: an unavailable key changes its stored flag. */
  toggle: { ...pending, ...beingChanged, PendingImport: refuse.pendingImport },
  /** Tags, description, CreateAlias, and UpdateAlias for the key that gains the alias. */
  edit: pending,
  /** EnableKeyRotation, DisableKeyRotation; who may rotate at all is rotation.ts's question. */
  rotationSetting: {
    ...pending,
    ...beingMade,
    Disabled: refuse.disabled,
    PendingImport: refuse.externalOrigin,
  },
  rotation: {
    ...pending,
    ...beingChanged,
    Disabled: refuse.disabled,
    PendingImport: refuse.pendingImport,
  },
  /** GetParametersForImport. */
  importParameters: { ...pending, ...beingChanged },
  import: { ...pending, ...beingMade },
  deleteMaterial: beingChanged,
  replicate: {
    ...pending,
    ...beingChanged,
    Disabled: refuse.disabled,
    PendingImport: refuse.pendingImport,
  },
  updatePrimary: {
    ...pending,
    ...beingMade,
    Disabled: refuse.disabled,
    PendingImport: refuse.pendingImport,
  },
  scheduleDeletion: { ...pending, Updating: refuse.updating },
  cancelDeletion: {
    Enabled: refuse.notPendingDeletion,
    Disabled: refuse.notPendingDeletion,
    PendingImport: refuse.notPendingDeletion,
    Unavailable: refuse.notPendingDeletion,
    Creating: refuse.notPendingDeletion,
    Updating: refuse.notPendingDeletion,
  },
} as const satisfies Record<string, StateRow>;

export type StateRule = keyof typeof stateRules;

/** @throws ServiceError the refusal that the table names for this state. */
export function checkState(rule: StateRule, state: KeyState, keyArn: string): void {
  const row: StateRow = stateRules[rule];
  const refusal = row[state];
  if (refusal) throw refusal(keyArn);
}
