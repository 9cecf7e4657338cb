import { describe, expect, it } from 'vitest';
import { SigV4Verifier } from '../../src/sigv4/verifier.js';
import { authorization } from './refusal.js';
import {
  ALICE,
  LIST_KEYS,
  presignedByAws,
  refusalOf,
  SECRET_ACCESS_KEY,
  SESSION_TOKEN,
  SIGNED_AT,
  signedByAws,
  verifierFor,
  withHeader,
} from './signed-by-aws.js';

const temporary = (expiresAt: number) => verifierFor({ accessKeys: [{ ...ALICE, expiresAt }] });
const signed = () => signedByAws({ ...LIST_KEYS, sessionToken: SESSION_TOKEN });

it('temporary credentials are good until they expire', async () => {
  const request = await signed();
  expect(await temporary(SIGNED_AT + 1).verify(request)).toMatchObject({ principal: 'alice' });
  for (const expiresAt of [SIGNED_AT, SIGNED_AT - 1, 0]) {
    expect(refusalOf(temporary(expiresAt), request)).toMatchObject({
      code: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    });
  }
});

it('only who holds their secret hears that they have expired', async () => {
  const wrong = authorization((value) =>
    value.replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`),
  );
  expect(refusalOf(temporary(0), wrong(await signed()))).toMatchObject({
    code: 'InvalidSignatureException',
  });
});

it('a token must be there, and be theirs', async () => {
  const without = await signedByAws(LIST_KEYS);
  expect(refusalOf(temporary(SIGNED_AT + 1), without)).toMatchObject({
    code: 'UnrecognizedClientException',
  });
  const truncated = await signedByAws({ ...LIST_KEYS, sessionToken: SESSION_TOKEN.slice(0, -1) });
  expect(refusalOf(temporary(SIGNED_AT + 1), truncated)).toMatchObject({
    code: 'UnrecognizedClientException',
  });
});

describe('a token that was added after signing', () => {
  const OTHER_TOKEN = 'token of another session';
  /** Two sessions of one access key id, each token with a secret of its own. */
  const secrets = new Map([
    [SESSION_TOKEN, SECRET_ACCESS_KEY],
    [OTHER_TOKEN, 'the secret of another session'],
  ]);
  const verifier = new SigV4Verifier({
    service: 'kms',
    regions: ['us-east-1'],
    presigned: true,
    findAccessKey: (_, token = '') => {
      const secretAccessKey = secrets.get(token);
      return secretAccessKey === undefined ? undefined : { ...ALICE, secretAccessKey };
    },
    now: () => SIGNED_AT,
  });
  const inHeader = async (token: string) =>
    withHeader(await signedByAws(LIST_KEYS), 'X-Amz-Security-Token', token);
  const inQuery = async (token: string) => {
    const request = await presignedByAws({ service: 'kms' });
    return {
      ...request,
      target: `${request.target}&X-Amz-Security-Token=${encodeURIComponent(token)}`,
    };
  };

  it.each([
    { where: 'header', add: inHeader },
    { where: 'query', add: inQuery },
  ])('in the $where is good, and another one makes the signature wrong', async ({ add }) => {
    expect(verifier.verify(await add(SESSION_TOKEN))).toMatchObject({ principal: 'alice' });
    expect(refusalOf(verifier, await add(OTHER_TOKEN))).toMatchObject({
      code: 'InvalidSignatureException',
      message: expect.stringContaining('does not match the signature you provided'),
    });
    expect(refusalOf(verifier, await add('no token'))).toMatchObject({
      code: 'UnrecognizedClientException',
    });
  });
});
