import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicFormat, parseRequestTime } from '../../src/sigv4/request-time.js';
import { LIST_KEYS, refusalOf, SIGNED_AT, signedByAws, verifierFor } from './signed-by-aws.js';

const FIVE_MINUTES = 300_000;

describe('the window of five minutes', () => {
  it.each([
    { now: SIGNED_AT },
    { now: SIGNED_AT + FIVE_MINUTES },
    { now: SIGNED_AT - FIVE_MINUTES },
  ])('lets a request in at $now', async ({ now }) => {
    expect(verifierFor({ now }).verify(await signedByAws(LIST_KEYS))).toMatchObject({
      signedAt: SIGNED_AT,
    });
  });

  it.each([
    {
      now: SIGNED_AT + FIVE_MINUTES + 1,
      message:
        'Signature expired: 20240229T123456Z is now earlier than ' +
        '20240229T123456Z (20240229T123956Z - 5 min.)',
    },
    {
      now: SIGNED_AT + FIVE_MINUTES + 1000,
      message:
        'Signature expired: 20240229T123456Z is now earlier than ' +
        '20240229T123457Z (20240229T123957Z - 5 min.)',
    },
    {
      now: SIGNED_AT - FIVE_MINUTES - 1,
      message:
        'Signature not yet current: 20240229T123456Z is still later than ' +
        '20240229T123455Z (20240229T122955Z + 5 min.)',
    },
  ])('keeps a request out at $now', async ({ now, message }) => {
    expect(refusalOf(verifierFor({ now }), await signedByAws(LIST_KEYS))).toMatchObject({
      code: 'InvalidSignatureException',
      message,
    });
  });
});

describe('the date of a request', () => {
  const seconds = fc
    .integer({ min: Date.UTC(1000, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
    .map((second) => second * 1000);

  it('is read as it is written', () => {
    fc.assert(
      fc.property(seconds, (epochMs) => {
        const basic = basicFormat(epochMs);
        expect(parseRequestTime(basic, '')).toEqual({ epochMs, basic });
        expect(parseRequestTime(undefined, basic)).toEqual({ epochMs, basic });
        const httpDate = new Date(epochMs).toUTCString();
        expect(parseRequestTime(undefined, httpDate)).toEqual({ epochMs, basic });
      }),
    );
  });

  it('is either good or refused, whatever the text', () => {
    const code = 'IncompleteSignatureException';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseRequestTime(text, '')).toThrow(expect.objectContaining({ code }));
      }),
    );
  });
});
