/** One key's trials in a token, all at once. */

import { randomBytes } from 'node:crypto';
import { algorithmsOf } from '../../crypto/algorithms.js';
import { publicKeyObject } from '../../crypto/public-jwk.js';
import type { Deadline } from '../../kernel/time.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import type { ProbeReport, TrialAnswer } from '../../token-host/protocol/token-trials.js';
import type { MaterialSpec } from '../contract/materials.js';
import { type Trial, type TrialKey, trialOf } from './trials.js';

export interface ProbeVerdict {
  /** Whether the algorithm works with a key of this order. */
  works(algorithm: string, order: KeyOrder): boolean;
  /** Why others don't, by algorithm. */
  readonly failures: Readonly<Record<string, string>>;
}

/**
 * @throws TokenError or TokenHostError for a failure that says nothing about what the token can do.
 */
export async function runTrials(
  client: TokenClient,
  order: KeyOrder,
  spec: MaterialSpec,
  deadline: Deadline,
): Promise<ProbeVerdict> {
  const trials = algorithmsOf(spec).flatMap((algorithm) => {
    const trial = trialOf(spec, algorithm);
    return trial ? [{ algorithm, trial }] : [];
  });
  const secret = randomBytes(order.bytes);
  const tasks = trials.map(({ trial }) => trial.task);
  const isSecretKey = order.keyType === 'aes' || order.keyType === 'hmac';
  const request = { order, secret: isSecretKey ? secret : undefined, tasks };
  const report = await client.call('probe', undefined, request, deadline);
  const key: TrialKey = {
    publicKey: report.publicKey ? publicKeyObject(report.publicKey) : undefined,
    secret: report.imported ? secret : undefined,
  };
  const failures: Record<string, string> = {};
  const working = new Set<string>();
  for (const [at, { algorithm, trial }] of trials.entries()) {
    const failure = failureOf(trial, report.answers[at] ?? 'no answer', key);
    if (failure === undefined) working.add(algorithm);
    else failures[algorithm] = failure;
  }
  const { keySizes } = report;
  return {
    failures,
    works: (algorithm, wanted) =>
      working.has(algorithm) && (wanted.bytes === order.bytes || fits(wanted.bytes * 8, keySizes)),
  };
}

/** Undefined for the right answer. */
function failureOf(trial: Trial, answer: TrialAnswer, key: TrialKey): string | undefined {
  if (typeof answer === 'string') return answer;
  try {
    return trial.isRight(answer, key) ? undefined : 'a wrong answer';
  } catch {
    // The libraries throw for octets that are no signature, tag or key at all.
    return 'an answer without sense';
  }
}

/** A token that doesn't tell its bounds is believed until it fails to make the key. */
function fits(bits: number, bounds: ProbeReport['keySizes']): boolean {
  if (bounds === undefined || bounds[1] === 0) return true;
  return bounds[0] <= bits && bits <= bounds[1];
}
