/** Which quirks would make work what a token refused: tried out one after the other, a key each. */
import type { KeySpec, KeyUsage } from '../../../crypto/algorithms.js';
import type { KeyOrder } from '../../../token-host/protocol/key-order.js';
import { keyOrder } from '../token-keys.js';
import { examine, type TrialKeys } from './key-examinations.js';
import type { TrialResult } from './token-trial.js';

/** Some of the quirks of a token's settings. */
export type QuirkRows = Readonly<Record<string, string | number | boolean>>;

interface Question {
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  /** Each is tried together with those that were found before. */
  readonly rows: readonly QuirkRows[];
}

const LEFT_OUT: QuirkRows = { falseUsages: 'left-out' };
const NOT_PRIVATE: QuirkRows = { privatePublicKeys: false };
const BY_HASH: QuirkRows = { hmacKeyType: 'by-hash' };
const WRITTEN_BACK: QuirkRows = { aesGcmIv: 'written-back', aesGcmIvBytes: 12 };
const APPENDED: QuirkRows = { aesGcmIv: 'appended', aesGcmIvBytes: 16 };
const HOST: QuirkRows = { aesGcmIv: 'host', aesGcmIvBytes: 12 };

const PAIRS = [LEFT_OUT, NOT_PRIVATE, { ...LEFT_OUT, ...NOT_PRIVATE }];
const IVS = [HOST, WRITTEN_BACK, APPENDED];

const QUESTIONS: readonly Question[] = [
  {
    ...{ keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
    rows: [...IVS, LEFT_OUT, ...IVS.map((row) => ({ ...LEFT_OUT, ...row }))],
  },
  {
    ...{ keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' },
    rows: [BY_HASH, LEFT_OUT, { ...BY_HASH, ...LEFT_OUT }],
  },
  { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY', rows: PAIRS },
  { keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY', rows: PAIRS },
];

/**
 * Only what is lacking is asked about, and only where such a key can't be made, or not be sealed with, as
 * the settings are.
 * @returns the quirks that helped, none where nothing did
 */
export async function missingQuirks(
  keys: TrialKeys,
  capabilities: TrialResult['capabilities'],
): Promise<QuirkRows> {
  let found: QuirkRows = {};
  for (const { keySpec, keyUsage, rows } of QUESTIONS) {
    const order = keyOrder({ keySpec, keyUsage });
    if (!order || !lacks(capabilities, `${keySpec}:${keyUsage}:`)) continue;
    for (const row of [{}, ...rows]) {
      const quirks = { ...found, ...row };
      if (!(await works(keys, order, quirks))) continue;
      found = quirks;
      break;
    }
  }
  return found;
}

function lacks(capabilities: TrialResult['capabilities'], prefix: string): boolean {
  const states = Object.entries(capabilities).filter(([name]) => name.startsWith(prefix));
  return states.every(([, { state }]) => state !== 'works');
}

async function works(keys: TrialKeys, order: KeyOrder, quirks: QuirkRows): Promise<boolean> {
  const { seen } = await examine(keys, order, quirks);
  return seen?.guarded === true;
}
