/** What `token check` makes of tokens that no machine here has: which cut, refuse and give out what they shouldn't. */
import { describe, expect, it } from 'vitest';
import {
  checkCkaIds,
  checkLabel,
  leftByChecks,
  paddedCkaId,
} from '../../../src/keystores/token/check/check-keys.js';
import {
  type KeyLimits,
  keyLimits,
  type TrialKeys,
} from '../../../src/keystores/token/check/key-examinations.js';
import { missingQuirks, type QuirkRows } from '../../../src/keystores/token/check/quirk-trial.js';
import { listingOfMany, timeLimits } from '../../../src/keystores/token/check/time-limits.js';
import { judged, proposedSettings } from '../../../src/keystores/token/check/verdict.js';
import type { ExaminationOrder } from '../../../src/token-host/protocol/key-examination.js';
import { AES_256 } from '../../../src/token-host/protocol/key-order.js';
import { TokenError } from '../../../src/token-host/protocol/token-error.js';

const NOW = 1_800_000_000_000;

interface Pretended {
  readonly keepsLabel?: number;
  readonly keepsCkaId?: number;
  readonly refusesLabel?: number;
  readonly value?: 'readable';
  /** Of which orders and quirks a key can be made. */
  readonly takes?: (order: ExaminationOrder) => boolean;
  readonly destroys?: false;
}

/** A token that does as it is told, and how many keys were ordered of it. */
function pretend(token: Pretended) {
  const { keepsLabel = 255, keepsCkaId = 255, refusesLabel = 256, takes = () => true } = token;
  const keys = { ordered: 0, destroyed: [] as string[] };
  const client = {
    try: async (_name: string, ckaId: string, order: ExaminationOrder) => {
      keys.ordered += 1;
      if (!takes(order)) throw TokenError.of('CKR_TEMPLATE_INCONSISTENT');
      if (order.label.length >= refusesLabel) throw TokenError.of('CKR_ATTRIBUTE_VALUE_INVALID');
      return {
        keepsLabel: order.label.length <= keepsLabel,
        keepsCkaId: ckaId.length <= keepsCkaId,
        guarded: true,
        value: token.value ?? 'hidden',
      };
    },
    call: async (_name: string, ckaId: string) => {
      if (token.destroys === false) throw TokenError.of('CKR_DEVICE_ERROR');
      keys.destroyed.push(ckaId);
    },
  } as unknown as TrialKeys['client'];
  const trial: TrialKeys = {
    ...{ client, now: () => NOW, newCkaId: checkCkaIds(() => NOW), left: new Set() },
    signal: new AbortController().signal,
  };
  return { trial, keys };
}

describe('what a token keeps of a key', () => {
  it.each<[string, Pretended, Partial<KeyLimits>]>([
    ['all', {}, { labelBytes: 255, ckaIdBytes: 255, guarded: true, value: 'hidden' }],
    ['labels that it cuts', { keepsLabel: 40 }, { labelBytes: 40, ckaIdBytes: 255 }],
    ['labels that it refuses', { refusesLabel: 106 }, { labelBytes: 105 }],
    ['no label', { keepsLabel: 0 }, { labelBytes: undefined, ckaIdBytes: 255 }],
    ['CKA_IDs that it cuts', { keepsCkaId: 2 }, { labelBytes: 255, ckaIdBytes: undefined }],
    ['CKA_IDs as long as ours', { keepsCkaId: 40 }, { ckaIdBytes: 32 }],
    ['a value that it gives out', { value: 'readable' }, { value: 'readable' }],
    [
      'no key',
      { takes: () => false },
      { labelBytes: undefined, guarded: undefined, value: undefined },
    ],
  ])('%s', async (_what, token, expected) => {
    const { trial, keys } = pretend(token);
    expect(await keyLimits(trial, AES_256)).toMatchObject(expected);
    expect(keys.ordered).toBeLessThanOrEqual(11);
  });

  it('leaves nothing that a refusal may have left, and says what it could not destroy', async () => {
    const { trial, keys } = pretend({ takes: () => false });
    await keyLimits(trial, AES_256);
    expect(keys.destroyed).toHaveLength(keys.ordered);
    const stuck = pretend({ takes: () => false, destroys: false });
    await keyLimits(stuck.trial, AES_256);
    expect(stuck.trial.left.size).toBe(stuck.keys.ordered);
  });
});

const NAMES = {
  aes: 'SYMMETRIC_DEFAULT:ENCRYPT_DECRYPT:SYMMETRIC_DEFAULT',
  hmac: 'HMAC_256:GENERATE_VERIFY_MAC:HMAC_SHA_256',
  ec: 'ECC_NIST_P256:SIGN_VERIFY:ECDSA_SHA_256',
  rsa: 'RSA_2048:SIGN_VERIFY:RSASSA_PSS_SHA_256',
};

type Kind = keyof typeof NAMES;

function working(...kinds: readonly Kind[]) {
  return Object.fromEntries(
    Object.entries(NAMES).map(([kind, name]) => [
      name,
      { state: kinds.includes(kind as Kind) ? ('works' as const) : ('lacks' as const) },
    ]),
  );
}

const has =
  (...wanted: readonly QuirkRows[]) =>
  ({ quirks }: ExaminationOrder) =>
    wanted.every((row) => Object.entries(row).every(([name, value]) => quirks[name] === value));
const isPair = ({ order }: ExaminationOrder) => order.keyType === 'rsa' || order.keyType === 'ec';

describe('quirks that would help', () => {
  it.each<[string, NonNullable<Pretended['takes']>, Kind[], QuirkRows]>([
    ['none where all works', () => false, ['aes', 'hmac', 'ec', 'rsa'], {}],
    ['none where nothing helps', () => false, [], {}],
    ['none where keys can be made, and fail later', () => true, ['aes'], {}],
    [
      'false usages left out, for all kinds',
      has({ falseUsages: 'left-out' }),
      [],
      { falseUsages: 'left-out' },
    ],
    [
      'an IV of the HSM’s',
      (order) => isPair(order) || has({ aesGcmIv: 'appended' })(order),
      ['hmac', 'ec', 'rsa'],
      { aesGcmIv: 'appended', aesGcmIvBytes: 16 },
    ],
    [
      'HMAC keys by hash',
      (order) => order.order.keyType !== 'hmac' || has({ hmacKeyType: 'by-hash' })(order),
      ['aes', 'ec', 'rsa'],
      { hmacKeyType: 'by-hash' },
    ],
    [
      'public halves that are not private',
      has({ privatePublicKeys: false }),
      ['aes', 'hmac', 'rsa'],
      { privatePublicKeys: false },
    ],
    [
      'two at once',
      has({ privatePublicKeys: false }, { falseUsages: 'left-out' }),
      ['aes', 'hmac', 'rsa'],
      { privatePublicKeys: false, falseUsages: 'left-out' },
    ],
  ])('%s', async (_what, takes, works, expected) => {
    const { trial, keys } = pretend({ takes });
    expect(await missingQuirks(trial, working(...works))).toEqual(expected);
    expect(keys.ordered).toBeLessThanOrEqual(20);
  });
});

const FIT = {
  capabilities: working('aes'),
  ...{
    rootToken: {},
    wrappedResidency: { fit: true as const, scheme: 'kwp' as const },
    left: [] as string[],
  },
  keyLimits: { labelBytes: 255, ckaIdBytes: 64, guarded: true, value: 'hidden' },
  ...{ sessions: { atOnce: 10, tried: 10, code: undefined }, sharing: 'shared' as const },
  timeLimits: [],
} as const;
const SETTINGS = { id: 'cluster-production2', residency: 'resident', sessions: 8 } as const;
const SHORT = { atOnce: 4, tried: 10, code: 'CKR_SESSION_COUNT' };
const NO_WRAP = { fit: false, problem: "can't wrap" } as const;
const late = (measuredMs: number) =>
  timeLimits(
    { roundTripMs: measuredMs, listingMs: 1, objects: 0 },
    { callTimeoutMs: 4000, managementTimeoutMs: 60_000 },
  );

describe('the verdict', () => {
  it.each<[string, object, object, RegExp[], RegExp[]]>([
    ['all well', {}, {}, [], []],
    [
      'a value given out',
      { keyLimits: { ...FIT.keyLimits, value: 'readable' } },
      {},
      [/gives out the value/],
      [],
    ],
    [
      'a key that could leave',
      { keyLimits: { ...FIT.keyLimits, guarded: false } },
      {},
      [/is not so/],
      [],
    ],
    [
      'CKA_IDs cut',
      { keyLimits: { ...FIT.keyLimits, ckaIdBytes: undefined } },
      {},
      [/CKA_ID of 32 octets/],
      [],
    ],
    [
      'labels cut',
      { keyLimits: { ...FIT.keyLimits, labelBytes: 40 } },
      {},
      [],
      [/label it keeps 40/],
    ],
    [
      'no sealing, of the root',
      { rootToken: { problem: 'no sealing' } },
      { id: 'root' },
      [/no sealing/],
      [],
    ],
    ['no sealing, of a store', { rootToken: { problem: 'no sealing' } }, {}, [], []],
    [
      'no wrapping, where it is wanted',
      { wrappedResidency: NO_WRAP },
      { residency: 'wrapped' },
      [/can't wrap/],
      [],
    ],
    ['no wrapping, where it is not', { wrappedResidency: NO_WRAP }, {}, [], []],
    [
      'few sessions',
      { sessions: SHORT },
      {},
      [],
      [/gave 4 sessions \(CKR_SESSION_COUNT\).*make use of 9/],
    ],
    ['one session less than was tried', { sessions: { ...SHORT, atOnce: 9 } }, {}, [], []],
    ['one thread', { sharing: 'single' }, {}, [], [/serves one thread only/]],
    [
      'a slow token',
      { timeLimits: late(500) },
      {},
      [],
      [/round trip.*500\.0 of 4000/, /64 objects/],
    ],
    [
      'a token too slow',
      { timeLimits: late(5000) },
      {},
      [/round trip.*taken for hung/, /64 objects/],
      [],
    ],
    ['nothing that works', { capabilities: working() }, {}, [/nothing that a KMS key does/], []],
    ['keys left', { left: ['id'] }, {}, [/did not destroy/], []],
  ])('%s', (_what, trial, settings, problems, warnings) => {
    const told = judged({ ...FIT, ...trial }, { ...SETTINGS, ...settings });
    const like = (lines: readonly RegExp[]) => lines.map((line) => expect.stringMatching(line));
    expect(told).toEqual({ problems: like(problems), warnings: like(warnings) });
  });

  it('proposes what was measured, and nothing that the token says itself', () => {
    const measured = {
      ...{ quirks: { hmacKeyType: 'by-hash' }, sessions: SHORT, saidSessions: undefined },
      limits: { ...FIT.keyLimits, labelBytes: 40 },
    };
    const quirks = { hmacKeyType: 'by-hash', maxLabelBytes: 40, maxSessions: 4 };
    expect(proposedSettings({ ...measured, sharing: 'single' })).toEqual({
      threads: 'single',
      quirks,
    });
    const nothing = { quirks: {}, limits: FIT.keyLimits, sharing: 'shared' } as const;
    expect(proposedSettings({ ...nothing, sessions: SHORT, saidSessions: 4 })).toEqual({});
  });

  it('reckons with a call for each object at least', () => {
    const of = (objects: number, listingMs: number) =>
      listingOfMany({ roundTripMs: 2, objects, listingMs }).ms;
    expect([of(0, 1), of(10, 100), of(100, 1), of(100, 1000)]).toEqual([
      ...[20_000, 20_000, 20_000, 100_000],
    ]);
  });
});

describe('keys of earlier checks', () => {
  const mine = checkCkaIds(() => NOW, 77)();
  const label = checkLabel(mine, 105);
  it.each<[string, string, string, number, boolean, string[]]>([
    ['of a process that is gone', mine, label, 0, false, [mine]],
    ['of one that runs', mine, label, 0, true, []],
    ['an hour old', mine, label, 3_601_000, true, [mine]],
    ['with a long CKA_ID', paddedCkaId(mine, 255), label, 0, false, [paddedCkaId(mine, 255)]],
    ['with a label that was cut', mine, label.slice(0, 12), 0, false, [mine]],
    ['of somebody else', mine, 'kms:key', 0, false, []],
    ['nobody’s', `${mine}0`, label, 0, false, []],
  ])('%s', (_what, ckaId, name, later, isRunning, expected) => {
    const objects = new Map([[ckaId, { label: name }]]);
    expect(leftByChecks(objects, NOW + later, () => isRunning)).toEqual(expected);
  });
});
