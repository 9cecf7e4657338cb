import { describe, expect, it } from 'vitest';
import { SigV4Verifier } from '../../src/sigv4/verifier.js';
import { authorization, expectRefusal, type Refusal } from './refusal.js';
import {
  ACCESS_KEY_ID,
  ALICE,
  LIST_KEYS,
  refusalOf,
  SIGNED_AT,
  signedByAws,
  type VerifierSettings,
  verifierFor,
} from './signed-by-aws.js';

const UNRECOGNIZED = 'The security token included in the request is invalid.';

describe('UnrecognizedClientException', () => {
  const inactive: VerifierSettings = { accessKeys: [{ ...ALICE, status: 'Inactive' }] };
  it.each<Refusal>([
    { what: 'an unknown access key', verifier: { accessKeys: [] }, message: UNRECOGNIZED },
    { what: 'an inactive access key', verifier: inactive, message: UNRECOGNIZED },
    {
      what: 'an inactive access key with a wrong signature',
      verifier: inactive,
      change: authorization((value) =>
        value.replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`),
      ),
      message: UNRECOGNIZED,
    },
    {
      what: 'an inactive access key out of time',
      verifier: { ...inactive, now: SIGNED_AT + 1e9 },
      message: UNRECOGNIZED,
    },
    { what: 'a session token', toSign: { sessionToken: 'token' }, message: UNRECOGNIZED },
    ...['short', `${ACCESS_KEY_ID}\u00e9`, 'A'.repeat(129), ''].map((accessKeyId) => ({
      what: `an access key id '${accessKeyId}'`,
      change: authorization((value) => value.replace(ACCESS_KEY_ID, accessKeyId)),
      verifier: { accessKeys: [{ ...ALICE, accessKeyId }] },
      message: UNRECOGNIZED,
    })),
  ])('$what', (row) => expectRefusal('UnrecognizedClientException', false, row));

  it('is what a lookup that finds another key leads to', async () => {
    const careless = new SigV4Verifier({
      service: 'kms',
      regions: ['us-east-1'],
      findAccessKey: () => ALICE,
      now: () => SIGNED_AT,
    });
    const signed = await signedByAws({ ...LIST_KEYS, accessKeyId: ACCESS_KEY_ID.toLowerCase() });
    expect(refusalOf(careless, signed)).toMatchObject({ code: 'UnrecognizedClientException' });
  });

  it('is not earned by signing with the stand-in for unknown keys', async () => {
    const signed = await signedByAws({
      ...LIST_KEYS,
      accessKeyId: 'AKIANOBODYATALLXXXXX',
      secretAccessKey: 'stand-in for an unknown access key',
    });
    expect(refusalOf(verifierFor(), signed)).toMatchObject({ code: 'UnrecognizedClientException' });
  });
});

describe('the order of checks', () => {
  it('tells nothing of time or signature to those without a key', async () => {
    const late = { accessKeys: [], now: SIGNED_AT + 1e9 };
    await expectRefusal('UnrecognizedClientException', false, {
      what: 'unknown and late',
      verifier: late,
      message: UNRECOGNIZED,
    });
  });

  it('tells of the time before the signature', async () => {
    const signed = await signedByAws({ ...LIST_KEYS, secretAccessKey: 'wrong' });
    expect(refusalOf(verifierFor({ now: SIGNED_AT + 1e9 }), signed)).toMatchObject({
      message: expect.stringMatching(/^Signature expired: /),
    });
  });

  it('tells of the scope before the key', async () => {
    const signed = await signedByAws({ ...LIST_KEYS, region: 'us-west-2' });
    expect(refusalOf(verifierFor({ accessKeys: [] }), signed)).toMatchObject({
      message: 'Credential should be scoped to a valid region.',
    });
  });
});
