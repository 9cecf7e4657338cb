import { expect, it } from 'vitest';
import {
  answerCreationFailure,
  answerDecryptionFailure,
  answerTokenFailure,
} from '../../../src/keystores/token/token-failures.js';
import { wordStoreFailure } from '../../../src/services/kms/stores/store-failures.js';
import { TokenError, TokenHostError } from '../../../src/token-host/protocol/token-error.js';

const UNREACHABLE = 'KMS cannot communicate with your CloudHSM cluster';
const FAILED = 'The CloudHSM cluster could not complete the request.';
const state = (message: string) => ({ code: 'KMSInvalidStateException', message });
const internal = { code: 'KMSInternalException', message: FAILED };

const failures: readonly (readonly [Error, object])[] = [
  [TokenError.of('CKR_ENCRYPTED_DATA_INVALID'), internal],
  [TokenError.of('CKR_DATA_LEN_RANGE'), internal],
  [TokenError.of('CKR_GENERAL_ERROR'), state(UNREACHABLE)],
  [TokenError.of('CKR_SESSION_HANDLE_INVALID'), state(UNREACHABLE)],
  [TokenError.of('CKR_USER_NOT_LOGGED_IN'), state(UNREACHABLE)],
  [TokenError.of('CKR_KEY_HANDLE_INVALID'), state(UNREACHABLE)],
  [TokenError.of('CKR_DEVICE_REMOVED'), state(UNREACHABLE)],
  [TokenError.of('CKR_PIN_LOCKED'), state(UNREACHABLE)],
  [TokenError.of('CKR_SESSION_COUNT'), internal],
  [TokenError.of('CKR_MECHANISM_INVALID'), internal],
  [new TokenHostError('deadline', 'x'), state(UNREACHABLE)],
  [new TokenHostError('late', 'x'), { code: 'InternalFailure' }],
  [new TokenHostError('unavailable', 'x'), state(UNREACHABLE)],
  [new TokenHostError('login-unknown', 'x'), state(UNREACHABLE)],
  [
    new TokenHostError('no-such-key', 'x'),
    state('The key material is not in your CloudHSM cluster.'),
  ],
  [new TokenHostError('misconfigured', 'x'), state(UNREACHABLE)],
  [new TokenHostError('lost', 'x'), internal],
  [new TokenHostError('unsafe-object', 'x'), internal],
  [new TokenHostError('invalid', 'x'), internal],
  [new TokenHostError('busy', 'x'), { code: 'ThrottlingException' }],
];

it.each(failures)('%s is %o to a caller', (error, answer) => {
  expect(wordStoreFailure(answerTokenFailure(error))).toMatchObject(answer);
});

it.each([
  'CKR_ENCRYPTED_DATA_INVALID',
  'CKR_AEAD_DECRYPT_FAILED',
  'CKR_ENCRYPTED_DATA_LEN_RANGE',
] as const)('%s is the fault of a caller who decrypts', (name) => {
  expect(wordStoreFailure(answerDecryptionFailure(TokenError.of(name)))).toMatchObject({
    code: 'InvalidCiphertextException',
    hasMessage: false,
  });
});

it.each(failures.filter(([error]) => !(error instanceof TokenError && error.action === 'caller')))(
  '%s is the same to a caller who decrypts',
  (error, answer) => {
    expect(wordStoreFailure(answerDecryptionFailure(error))).toMatchObject(answer);
  },
);

it('what is no failure of a token stays what it is', () => {
  const error = new Error('x');
  expect(answerTokenFailure(error)).toBe(error);
});

it.each([
  ['CKR_DEVICE_MEMORY', 'LimitExceededException'],
  ['CKR_TOKEN_WRITE_PROTECTED', 'UnsupportedOperationException'],
  ['CKR_SESSION_READ_ONLY', 'UnsupportedOperationException'],
  ['CKR_DEVICE_ERROR', 'KMSInvalidStateException'],
  ['CKR_FUNCTION_FAILED', 'KMSInvalidStateException'],
  ['CKR_TEMPLATE_INCONSISTENT', 'UnsupportedOperationException'],
] as const)('%s is %s to whoever has a key made', (name, code) => {
  const failure = answerCreationFailure(TokenError.of(name), 'the-token', 'make a key');
  expect(wordStoreFailure(failure)).toMatchObject({ code });
});
