/**
 * AWS's table "Key states of KMS keys" and what it doesn't say of single columns. Source: AWS KMS
 * Developer Guide, Key states; the shared reference's operations.md §5 for the texts, and recorded-kms.md.
 */
import { disabled, type Expected, invalidState } from '../faces/refusals.js';

export const KEY_STATES = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
  'Creating',
  'Updating',
] as const;
export type State = (typeof KEY_STATES)[number];

const unsupported = (message: string): Expected => ({
  name: 'UnsupportedOperationException',
  message,
});
const wrongOrigin = (origin: string) => (arn: string) =>
  unsupported(`${arn} origin is ${origin} which is not valid for this operation.`);

/** How a call is refused by what its key is, by a short name. */
export const REFUSALS = {
  disabled,
  'pending deletion': (arn: string) => invalidState(`${arn} is pending deletion.`),
  'pending replica deletion': (arn: string) => invalidState(`${arn} is pending replica deletion.`),
  'not pending deletion': (arn: string) => invalidState(`${arn} is not pending deletion.`),
  'pending import': (arn: string) => invalidState(`${arn} is pending import.`),
  unavailable: (arn: string) => invalidState(`${arn} is unavailable.`),
  creating: (arn: string) => invalidState(`${arn} is creating.`),
  updating: (arn: string) => invalidState(`${arn} is updating.`),
  'imported material': wrongOrigin('EXTERNAL'),
  'material of KMS': wrongOrigin('AWS_KMS'),
  'no primary key': (arn: string) => unsupported(`${arn} is not a multi-region primary key.`),
  'no material waits': (arn: string) =>
    invalidState(`No available key material pending rotation for the key: ${arn}.`),
} as const satisfies Readonly<Record<string, (arn: string) => Expected>>;
export type Outcome = 'ok' | keyof typeof REFUSALS;

const row = (...outcomes: readonly Outcome[]) => outcomes;
const DELETED = ['pending deletion', 'pending replica deletion'] as const;

/** The rows that differ; a column for each of KEY_STATES. */
export const STATE_ROWS = {
  any: row('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  cryptography: row(
    'ok',
    'disabled',
    ...DELETED,
    'pending import',
    'unavailable',
    'creating',
    'ok',
  ),
  'public key': row('ok', 'ok', ...DELETED, 'pending import', 'unavailable', 'creating', 'ok'),
  grant: row('ok', 'disabled', ...DELETED, 'pending import', 'ok', 'creating', 'ok'),
  toggle: row('ok', 'ok', ...DELETED, 'pending import', 'ok', 'creating', 'updating'),
  edit: row('ok', 'ok', ...DELETED, 'ok', 'ok', 'ok', 'ok'),
  'rotation setting': row(
    'ok',
    'disabled',
    ...DELETED,
    'imported material',
    'ok',
    'creating',
    'ok',
  ),
  rotation: row('ok', 'disabled', ...DELETED, 'pending import', 'ok', 'creating', 'updating'),
  'import parameters': row('ok', 'ok', ...DELETED, 'ok', 'ok', 'creating', 'updating'),
  import: row('ok', 'ok', ...DELETED, 'ok', 'ok', 'creating', 'ok'),
  'material deletion': row('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'creating', 'updating'),
  replication: row('ok', 'disabled', ...DELETED, 'pending import', 'ok', 'creating', 'updating'),
  'primary Region': row('ok', 'disabled', ...DELETED, 'pending import', 'ok', 'creating', 'ok'),
  deletion: row('ok', 'ok', ...DELETED, 'ok', 'ok', 'ok', 'updating'),
  'deletion undone': KEY_STATES.map((state) =>
    state.endsWith('Deletion') ? 'ok' : 'not pending deletion',
  ),
} as const satisfies Readonly<Record<string, readonly Outcome[]>>;
export type StateRow = keyof typeof STATE_ROWS;

/** What a key may be beside its state. */
export type KeyFact = 'imported' | 'material of KMS' | 'no primary' | 'unavailable';

/** What the table of states has for a row of operations. */
export function outcomeIn(states: StateRow, state: State): Outcome {
  return STATE_ROWS[states][KEY_STATES.indexOf(state)] ?? 'ok';
}

/** How a call ends that the state allows or refuses, and then what else the key is. */
export function outcomeOf(
  { states, refuses = {} }: { states: StateRow; refuses?: Partial<Record<KeyFact, Outcome>> },
  key: { readonly state: State; readonly facts: readonly KeyFact[] },
): Outcome {
  const byState = outcomeIn(states, key.state);
  if (byState !== 'ok') return byState;
  return key.facts.map((fact) => refuses[fact]).find((outcome) => outcome !== undefined) ?? 'ok';
}
