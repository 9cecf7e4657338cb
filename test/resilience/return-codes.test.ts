import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { returnCodeNumber } from '../../src/token-host/protocol/return-codes.js';
import { decrypt, encrypt, endingOf, makeTokenKey, roundTrip } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { type FaultyStrongroom, faultyStrongroom } from '../support/faulty-strongroom.js';
import { expectNoOrphans } from '../support/kills/server-kills.js';

const OK = 'answered';
const UNREACHABLE = 'KMSInvalidStateException';
const INTERNAL = 'KMSInternalException';
const BAD_CIPHERTEXT = 'InvalidCiphertextException';

/** How a call ends when the token returns the code once, and when it returns it every time. */
type Endings = readonly [once: string, always: string];
type Row = readonly [code: `CKR_${string}`, Encrypt: Endings, Decrypt: Endings, CreateKey: Endings];

const cured: Endings = [OK, UNREACHABLE];
const retryable: Endings = [INTERNAL, INTERNAL];
const full: Endings = ['LimitExceededException', 'LimitExceededException'];
/** What a token says of a ciphertext it must say twice. */
const badCiphertext: Endings = [OK, BAD_CIPHERTEXT];

/** CreateKey has another code for a token that can't be reached. */
const atCreation = ([once, always]: Endings): Endings => [asCreation(once), asCreation(always)];
const asCreation = (ending: string) =>
  ending === UNREACHABLE ? 'CustomKeyStoreInvalidStateException' : ending;

/** Every return code of the shared reference, pkcs11.md §6, but those that refuse a PIN. */
const ROWS: readonly Row[] = [
  // A bad tag and a fault look the same; only a round trip that works makes it a bad ciphertext.
  ['CKR_GENERAL_ERROR', cured, cured, [OK, INTERNAL]],
  ['CKR_FUNCTION_FAILED', cured, cured, [OK, INTERNAL]],
  ['CKR_SESSION_HANDLE_INVALID', cured, cured, cured],
  ['CKR_SESSION_CLOSED', cured, cured, cured],
  ['CKR_OPERATION_ACTIVE', cured, cured, cured],
  ['CKR_OPERATION_NOT_INITIALIZED', cured, cured, cured],
  ['CKR_USER_NOT_LOGGED_IN', cured, cured, cured],
  ['CKR_OBJECT_HANDLE_INVALID', cured, cured, cured],
  ['CKR_KEY_HANDLE_INVALID', cured, cured, cured],
  ['CKR_USER_ALREADY_LOGGED_IN', retryable, retryable, retryable],
  // A key may have been made before the device failed: another is asked for, the first destroyed.
  ['CKR_DEVICE_ERROR', cured, cured, cured],
  ['CKR_DEVICE_REMOVED', cured, cured, cured],
  ['CKR_TOKEN_NOT_PRESENT', cured, cured, cured],
  ['CKR_CRYPTOKI_NOT_INITIALIZED', cured, cured, cured],
  ['CKR_SESSION_COUNT', retryable, retryable, retryable],
  ['CKR_DEVICE_MEMORY', retryable, retryable, full],
  ['CKR_HOST_MEMORY', retryable, retryable, retryable],
];

/** Codes that blame the caller. Only a ciphertext is a caller's; all else the server sends itself. */
const BLAMING: readonly `CKR_${string}`[] = [
  'CKR_ENCRYPTED_DATA_INVALID',
  'CKR_ENCRYPTED_DATA_LEN_RANGE',
  'CKR_DATA_INVALID',
  'CKR_DATA_LEN_RANGE',
  'CKR_KEY_FUNCTION_NOT_PERMITTED',
  'CKR_SIGNATURE_INVALID',
  'CKR_SIGNATURE_LEN_RANGE',
];

const FUNCTIONS = {
  Encrypt: 'C_Encrypt',
  Decrypt: 'C_Decrypt',
  CreateKey: 'C_GenerateKey',
} as const;
type Operation = keyof typeof FUNCTIONS;
type Case = readonly [code: `CKR_${string}`, operation: Operation, endings: Endings];

const CASES: readonly Case[] = [
  ...ROWS.flatMap(([code, onEncrypt, onDecrypt, onCreateKey]): Case[] => [
    [code, 'Encrypt', onEncrypt],
    [code, 'Decrypt', onDecrypt],
    [code, 'CreateKey', atCreation(onCreateKey)],
  ]),
  ...BLAMING.map((code): Case => [code, 'Decrypt', badCiphertext]),
];

describe('a return code of the token', () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let storeId: string;
  let keyId: string;
  let calls: Record<Operation, () => Promise<unknown>>;

  beforeAll(async () => {
    faulty = await faultyStrongroom({ token: { sessions: 2 } });
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    storeId = await connectedKeyStore(faulty.strongroom, client);
    keyId = await makeTokenKey(client, storeId);
    const ciphertext = await encrypt(client, keyId);
    calls = {
      Encrypt: () => encrypt(client, keyId),
      Decrypt: () => decrypt(client, ciphertext),
      CreateKey: () => makeTokenKey(client, storeId),
    };
  });
  afterAll(() => faulty.dispose());

  async function expectEndings(code: `CKR_${string}`, operation: Operation, endings: Endings) {
    const fault = `fail ${FUNCTIONS[operation]} ${returnCodeNumber(code)}`;
    const found: string[] = [];
    for (const count of [' 1', '']) {
      await faulty.cluster.set(fault + count);
      found.push(await endingOf(calls[operation]()));
      await faulty.cluster.clear();
      // Whatever it was, the next caller doesn't notice.
      await roundTrip(client, keyId);
    }
    expect(found).toEqual(endings);
  }

  it.each(CASES)('%s at %s: once and always %s', expectEndings);

  it.each(
    BLAMING.flatMap((code): Case[] => [
      [code, 'Encrypt', retryable],
      [code, 'CreateKey', retryable],
    ]),
  )('%s at %s: once and always %s', expectEndings);

  it('leaves no object without its key in the token', async () => {
    await expectNoOrphans(faulty.strongroom);
    await connectionState(client, storeId, 'CONNECTED');
  });
});
