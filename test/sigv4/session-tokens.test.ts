import { expect, it } from 'vitest';
import { authorization } from './refusal.js';
import {
  ALICE,
  LIST_KEYS,
  refusalOf,
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

it('a token must be signed, and be theirs', async () => {
  const unsigned = await signedByAws(LIST_KEYS);
  expect(refusalOf(temporary(SIGNED_AT + 1), unsigned)).toMatchObject({
    code: 'UnrecognizedClientException',
  });
  const added = withHeader(unsigned, 'X-Amz-Security-Token', SESSION_TOKEN);
  expect(refusalOf(temporary(SIGNED_AT + 1), added)).toMatchObject({
    code: 'InvalidSignatureException',
  });
  const truncated = await signedByAws({ ...LIST_KEYS, sessionToken: SESSION_TOKEN.slice(0, -1) });
  expect(refusalOf(temporary(SIGNED_AT + 1), truncated)).toMatchObject({
    code: 'UnrecognizedClientException',
  });
});
