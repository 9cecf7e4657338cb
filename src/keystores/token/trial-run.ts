/** One key's trials in a token, all at once. */

import { type Algorithm, algorithmsOf } from '../../crypto/algorithms.js';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import type { TriedKey } from '../../token-host/client/tried-key.js';
import { capabilityCode, failureReason } from '../../token-host/protocol/capability-codes.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import {
  TokenError,
  TokenHostError,
  type TokenHostErrorKind,
} from '../../token-host/protocol/token-error.js';
import type { MaterialSpec } from '../contract/materials.js';
import type { ProbeKeys } from './probe-keys.js';
import { type Trial, trialOf } from './trials.js';
import type { Finding } from './verdicts.js';

/** Sizes of keys that a token generates: for RSA, bits. */
export type KeySizes = readonly [least: number, most: number];

export interface TrialReport {
  readonly findings: ReadonlyMap<Algorithm, Finding>;
  /** Undefined where the token doesn't tell. */
  readonly keySizes: KeySizes | undefined;
}

/** The token wasn't asked, or didn't answer: who waits for it needn't wait any longer. */
const NOT_ASKED: ReadonlySet<TokenHostErrorKind> = new Set([
  'late',
  'deadline',
  'busy',
  'unavailable',
  'login-unknown',
]);

/**
 * Has a key made and tries every algorithm of the spec with it.
 * @throws TokenHostError when the token could not be asked for the key
 */
export async function runTrials(
  client: Token,
  keys: ProbeKeys,
  spec: MaterialSpec,
  order: KeyOrder,
  deadline: Deadline,
): Promise<TrialReport> {
  const algorithms = algorithmsOf(spec);
  try {
    return await keys.use(order, deadline, async (key) => ({
      keySizes: await keySizes(client, order, deadline),
      findings: await findingsOf(spec, key),
    }));
  } catch (error) {
    if (error instanceof TokenHostError && NOT_ASKED.has(error.kind)) throw error;
    // No key was made, so that the same holds for each of its algorithms.
    const found = findingOf(error);
    const isPassing = found.kind === 'passing' && error instanceof TokenError;
    const finding = isPassing ? { ...found, creationError: error } : found;
    const findings = new Map(algorithms.map((algorithm) => [algorithm, finding]));
    return { findings, keySizes: undefined };
  }
}

async function findingsOf(spec: MaterialSpec, key: TriedKey): Promise<Map<Algorithm, Finding>> {
  const tried = (algorithm: Algorithm) => found(trialOf(spec, algorithm), key);
  // All at once, so that what costs the token its host costs it one.
  const findings = new Map(
    await Promise.all(
      algorithmsOf(spec).map(async (algorithm) => [algorithm, await tried(algorithm)] as const),
    ),
  );
  const working = [...findings].find(([, { kind }]) => kind === 'works')?.[0];
  if (working === undefined) return findings;
  for (const [algorithm, first] of findings) {
    if (first.kind !== 'doubtful') continue;
    const between = await tried(working);
    const second = await tried(algorithm);
    const isSame = second.kind === 'doubtful' && second.reason === first.reason;
    findings.set(
      algorithm,
      isSame && between.kind === 'works' ? { ...second, again: true } : second,
    );
  }
  return findings;
}

async function found(trial: Trial | undefined, key: TriedKey): Promise<Finding> {
  if (!trial) return { kind: 'lacks', reason: 'PKCS#11 has no mechanism for it' };
  try {
    const wrong = await trial(key);
    return wrong === undefined ? { kind: 'works' } : { kind: 'lacks', reason: wrong };
  } catch (error) {
    if (error instanceof TokenError || error instanceof TokenHostError) return findingOf(error);
    // The libraries throw for octets that are none of what they should be.
    return { kind: 'lacks', reason: 'an answer without sense' };
  }
}

function findingOf(error: unknown): Finding {
  if (!(error instanceof TokenError || error instanceof TokenHostError)) throw error;
  const reason = failureReason(error);
  const code = capabilityCode(error);
  if (code === undefined) return { kind: 'passing', reason };
  return { kind: code === 'definite' ? 'lacks' : 'doubtful', reason };
}

/** A token that doesn't tell its bounds is believed until it fails to make the key. */
async function keySizes(
  client: Token,
  order: KeyOrder,
  deadline: Deadline,
): Promise<KeySizes | undefined> {
  if (order.keyType !== 'rsa') return undefined;
  try {
    return await client.call('keySizes', undefined, { order }, deadline);
  } catch (error) {
    if (capabilityCode(error) === undefined) throw error;
    return undefined;
  }
}
