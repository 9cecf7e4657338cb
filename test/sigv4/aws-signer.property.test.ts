import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SigV4Verifier } from '../../src/sigv4/verifier.js';
import {
  ACCESS_KEY_ID,
  ALICE,
  LIST_KEYS,
  presignedByAws,
  refusalOf,
  SESSION_TOKEN,
  SIGNED_AT,
  signedByAws,
  verifierFor,
  withHeader,
} from './signed-by-aws.js';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});

const pathSegment = fc.oneof(
  { weight: 4, arbitrary: text.map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.constantFrom('', '.', '..', '...', '%2F', '%2e', 'a%20b', '~-._') },
);
const path = fc
  .tuple(fc.array(pathSegment, { maxLength: 6 }), fc.boolean())
  .map(([segments, slashAtEnd]) => `/${segments.join('/')}${slashAtEnd ? '/' : ''}`);

const query = fc.dictionary(
  text.filter((name) => name !== '__proto__'),
  fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
  { maxKeys: 5 },
);

const headerName = fc
  .tuple(fc.constantFrom('x-amz-meta-', 'x-made-up-'), fc.stringMatching(/^[a-z0-9-]{1,12}$/))
  .map((parts) => parts.join(''));
const headerValue = fc.array(fc.oneof(printable, fc.constantFrom('\t', '  ', ' \t ')), {
  maxLength: 4,
});
const headers = fc.dictionary(
  headerName,
  headerValue.map((parts) => parts.join('')),
  { maxKeys: 5 },
);

const body = fc.uint8Array({ maxLength: 400 });

const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  path,
  query,
  headers,
  body,
  region: fc.stringMatching(/^[a-z]{2}(-gov)?-[a-z]{4,9}-[1-9]$/),
  service: fc.constantFrom('kms', 'iam', 'sts'),
  accessKeyId: fc.stringMatching(/^AKIA[A-Z2-7]{16}$/),
  secretAccessKey: printable.filter((secret) => secret !== ''),
  signedAt: fc
    .integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 })
    .map((seconds) => seconds * 1000),
  applyChecksum: fc.boolean(),
});

describe("what AWS's signer signs", () => {
  it('verifies, whatever the request', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (toSign) => {
        const { accessKeyId, secretAccessKey, region, service, signedAt } = toSign;
        const verifier = verifierFor({
          service,
          regions: ['xx-other-1', region],
          accessKeys: [{ accessKeyId, secretAccessKey, status: 'Active', principal: 'bob' }],
          now: signedAt,
        });
        expect(verifier.verify(await signedByAws(toSign))).toMatchObject({
          principal: 'bob',
          accessKeyId,
          region,
          signedAt,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('verifies when it is presigned, whatever the request', async () => {
    const presigned = fc.record({
      ...{ method: fc.constantFrom('GET', 'POST'), path, query, body },
      headers: fc.dictionary(
        fc.constantFrom('x-k8s-aws-id', 'x-made-up', 'x-amz-hoisted'),
        headerValue.map((parts) => parts.join('')),
      ),
      sessionToken: fc.option(fc.constant(SESSION_TOKEN), { nil: undefined }),
      expiresIn: fc.integer({ min: 1, max: 604_800 }),
      lateMs: fc.integer({ min: -900_000, max: 900_000 }),
    });
    await fc.assert(
      fc.asyncProperty(presigned, async ({ sessionToken, lateMs, ...toSign }) => {
        const request = await presignedByAws({
          ...toSign,
          ...(sessionToken !== undefined && { sessionToken }),
        });
        const settings = {
          ...{ service: 'sts', maxSkewMs: 900_000, now: SIGNED_AT + lateMs },
          accessKeys: [{ ...ALICE, ...(sessionToken && { expiresAt: SIGNED_AT + 2 * 900_000 }) }],
        };
        const verifier = verifierFor({ ...settings, presigned: true });
        expect(verifier.verify(request)).toMatchObject({ principal: 'alice', signedAt: SIGNED_AT });
        expect(refusalOf(verifierFor(settings), request)).toMatchObject({
          code: 'MissingAuthenticationTokenException',
        });
      }),
      { numRuns: 200 },
    );
  });

  it('verifies with header values that are not ASCII, as Node reads them from UTF-8', async () => {
    const value = 'clé — 鍵';
    const signed = await signedByAws({ headers: { 'x-made-up': value } });
    const asRead = Buffer.from(value, 'utf8').toString('latin1');
    expect(verifierFor().verify(withHeader(signed, 'x-made-up', asRead))).toMatchObject({
      principal: 'alice',
    });
  });

  it('does not verify with any other secret', async () => {
    const signed = await signedByAws();
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (secretAccessKey) => {
        fc.pre(secretAccessKey !== ALICE.secretAccessKey);
        const verifier = verifierFor({ accessKeys: [{ ...ALICE, secretAccessKey }] });
        expect(() => verifier.verify(signed)).toThrow('does not match the signature you provided');
      }),
    );
  });
});

describe('the verified request', () => {
  const verified = {
    principal: 'alice',
    accessKeyId: ACCESS_KEY_ID,
    region: 'us-east-1',
    signedAt: SIGNED_AT,
    signedHeaders: ['content-type', 'host', 'x-amz-date', 'x-amz-target'],
  };

  it('comes at once when the lookup answers at once', async () => {
    expect(verifierFor().verify(await signedByAws(LIST_KEYS))).toEqual(verified);
  });

  it('comes by promise when the lookup answers by promise', async () => {
    const verifier = new SigV4Verifier({
      service: 'kms',
      regions: ['us-east-1'],
      findAccessKey: async (id) => (id === ACCESS_KEY_ID ? ALICE : undefined),
      now: () => SIGNED_AT,
    });
    const pending = verifier.verify(await signedByAws(LIST_KEYS));
    expect(pending).toBeInstanceOf(Promise);
    await expect(pending).resolves.toEqual(verified);
    await expect(
      verifier.verify(await signedByAws({ ...LIST_KEYS, accessKeyId: 'AKIANOBODYATALLXXXXX' })),
    ).rejects.toMatchObject({ code: 'UnrecognizedClientException' });
  });

  it("hands on the lookup's own errors", async () => {
    const broken = new Error('the database is gone');
    const verifier = new SigV4Verifier({
      service: 'kms',
      regions: ['us-east-1'],
      findAccessKey: () => Promise.reject(broken),
      now: () => SIGNED_AT,
    });
    await expect(verifier.verify(await signedByAws())).rejects.toBe(broken);
  });
});
