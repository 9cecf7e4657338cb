import { describe, expect, it } from 'vitest';
import {
  type Finding,
  learned,
  UNTRIED,
  type Verdict,
} from '../../../src/keystores/token/verdicts.js';
import { capabilityCode } from '../../../src/token-host/protocol/capability-codes.js';
import { RETURN_CODES } from '../../../src/token-host/protocol/return-codes.js';
import { TokenError, TokenHostError } from '../../../src/token-host/protocol/token-error.js';

const CONFIRM_MS = 5000;
const SINCE = 1000;

const works: Verdict = { state: 'works' };
const lacks: Verdict = { state: 'lacks', reason: 'old', doubtedAt: undefined };
const doubtedLack: Verdict = { state: 'lacks', reason: 'old', doubtedAt: SINCE };
const doubted: Verdict = {
  ...UNTRIED,
  reason: 'CKR_X',
  doubt: { reason: 'CKR_X', since: SINCE },
};
const passed: Verdict = { ...UNTRIED, reason: 'CKR_P' };

const found: Record<Finding['kind'], Finding> = {
  works: { kind: 'works' },
  lacks: { kind: 'lacks', reason: 'CKR_L' },
  doubtful: { kind: 'doubtful', reason: 'CKR_X' },
  passing: { kind: 'passing', reason: 'CKR_P' },
};

describe('a verdict', () => {
  it.each<[string, Verdict, Finding, number, Verdict]>([
    ['what works', UNTRIED, found.works, SINCE, works],
    ['what works now', lacks, found.works, SINCE, works],
    ['a definite answer', UNTRIED, found.lacks, SINCE, { ...lacks, reason: 'CKR_L' }],
    ['a definite answer to what worked', works, found.lacks, SINCE, { ...lacks, reason: 'CKR_L' }],
    ['a doubtful answer', UNTRIED, found.doubtful, SINCE, doubted],
    ['a doubtful answer again at once', doubted, found.doubtful, SINCE + CONFIRM_MS - 1, doubted],
    [
      'a doubtful answer again later',
      doubted,
      found.doubtful,
      SINCE + CONFIRM_MS,
      { state: 'lacks', reason: 'CKR_X', doubtedAt: SINCE + CONFIRM_MS },
    ],
    [
      'a doubtful answer between others that worked',
      UNTRIED,
      { kind: 'doubtful', reason: 'CKR_X', again: true },
      SINCE,
      { state: 'lacks', reason: 'CKR_X', doubtedAt: SINCE },
    ],
    [
      'the same to what worked',
      works,
      { kind: 'doubtful', reason: 'CKR_X', again: true },
      SINCE,
      works,
    ],
    [
      'another doubtful answer later',
      doubted,
      { kind: 'doubtful', reason: 'CKR_Y' },
      SINCE + CONFIRM_MS,
      { ...UNTRIED, reason: 'CKR_Y', doubt: { reason: 'CKR_Y', since: SINCE + CONFIRM_MS } },
    ],
    ['a doubtful answer to what worked', works, found.doubtful, SINCE, works],
    ['a doubtful answer to what is beyond doubt', lacks, found.doubtful, SINCE, lacks],
    ['once more', doubtedLack, found.doubtful, 9000, { ...doubtedLack, doubtedAt: 9000 }],
    ['a passing fault', UNTRIED, found.passing, SINCE, passed],
    ['a passing fault of what worked', works, found.passing, SINCE, works],
    ['a passing fault of what is lacking', lacks, found.passing, SINCE, lacks],
    ['a passing fault in doubt', doubted, found.passing, SINCE, { ...doubted, reason: 'CKR_P' }],
  ])('after %s', (_what, before, finding, now, expected) => {
    expect(learned(before, finding, now, CONFIRM_MS)).toEqual(expected);
  });
});

describe('of every return code', () => {
  const codes = (wanted: ReturnType<typeof capabilityCode>) =>
    RETURN_CODES.filter(({ rv }) => capabilityCode(new TokenError(rv)) === wanted).map(({ name }) =>
      name.slice('CKR_'.length),
    );

  it('these are answers', () => {
    expect(codes('definite')).toEqual([
      'ATTRIBUTE_READ_ONLY',
      'ATTRIBUTE_SENSITIVE',
      'ATTRIBUTE_TYPE_INVALID',
      'ATTRIBUTE_VALUE_INVALID',
      'KEY_SIZE_RANGE',
      'KEY_TYPE_INCONSISTENT',
      'KEY_NOT_WRAPPABLE',
      'KEY_UNEXTRACTABLE',
      'MECHANISM_INVALID',
      'MECHANISM_PARAM_INVALID',
      'TEMPLATE_INCOMPLETE',
      'TEMPLATE_INCONSISTENT',
      'DOMAIN_PARAMS_INVALID',
      'CURVE_NOT_SUPPORTED',
      'PARAMETER_SET_NOT_SUPPORTED',
    ]);
  });

  it('these are answers when they come again', () => {
    expect(codes('when-repeated')).toEqual([
      'GENERAL_ERROR',
      'FUNCTION_FAILED',
      'ARGUMENTS_BAD',
      'DATA_INVALID',
      'DATA_LEN_RANGE',
      'FUNCTION_NOT_SUPPORTED',
      'KEY_FUNCTION_NOT_PERMITTED',
    ]);
  });

  it.each([
    ["a vendor's", new TokenError(0x80000123)],
    ['a lost host', new TokenHostError('lost', 'x')],
    ['no error of a token', new Error('x')],
  ])('%s says nothing', (_what, error) => {
    expect(capabilityCode(error)).toBeUndefined();
  });
});
