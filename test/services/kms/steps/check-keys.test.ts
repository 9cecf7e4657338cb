import { expect, it } from 'vitest';
import type { AuthorizedKey } from '../../../../src/services/kms/call.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { reportedState } from '../../../../src/services/kms/keys/states.js';
import { type CheckPorts, checkKeys } from '../../../../src/services/kms/steps/check-keys.js';
import { kmsCall } from '../../../support/kms-call.js';
import { operations } from '../../../support/kms-operations.js';
import { sampleKey } from '../../../support/sample-key.js';
import { parsedCiphertext, resolvedKey } from './sample-need.js';

const ports = {
  keyStores: { stateOf: (key: Key) => reportedState(key, key.customKeyStoreId === undefined) },
} as unknown as CheckPorts;

const decrypt = operations.get('Decrypt');
const entry = (key: Key, changed: Partial<AuthorizedKey> = {}): AuthorizedKey => ({
  ...resolvedKey(),
  grantIds: [],
  ...changed,
  key,
});
function check(...entries: AuthorizedKey[]): void {
  if (!decrypt) throw new Error('there is no Decrypt');
  checkKeys(kmsCall(decrypt, { authorized: entries }), ports);
}

const key = sampleKey();
const disabled = sampleKey({ enabled: false });
const signing = sampleKey({ keyUsage: 'SIGN_VERIFY' });
const disabledSigning = sampleKey({ keyUsage: 'SIGN_VERIFY', enabled: false });
const stranger = parsedCiphertext('00000000-0000-0000-0000-000000000000');

it.each<[string, AuthorizedKey[]]>([
  ['no key', []],
  ['an enabled key', [entry(key)]],
  ['a key and its own ciphertext', [entry(key, { ciphertext: parsedCiphertext() })]],
  ['two enabled keys', [entry(key), entry(key)]],
])('%s passes', (_, entries) => {
  expect(() => check(...entries)).not.toThrow();
});

it.each<[string, AuthorizedKey[], string]>([
  ['a disabled key', [entry(disabled)], 'DisabledException'],
  ['a key of another usage', [entry(signing)], 'InvalidKeyUsageException'],
  ['the usage before the state', [entry(disabledSigning)], 'InvalidKeyUsageException'],
  ['another ciphertext', [entry(key, { ciphertext: stranger })], 'IncorrectKeyException'],
  [
    'another ciphertext before usage and state',
    [entry(disabledSigning, { ciphertext: stranger })],
    'IncorrectKeyException',
  ],
  [
    'another ciphertext of a second key before the state of the first',
    [entry(disabled), entry(key, { ciphertext: stranger })],
    'IncorrectKeyException',
  ],
  ['a second key that is disabled', [entry(key), entry(disabled)], 'DisabledException'],
  [
    'a key whose store is away',
    [entry(sampleKey({ customKeyStoreId: 'cks-1' }))],
    'KMSInvalidStateException',
  ],
])('%s is refused', (_, entries, code) => {
  expect(() => check(...entries)).toThrow(expect.objectContaining({ code }));
});
