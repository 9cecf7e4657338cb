/** What all that was measured comes to: what keeps a token from serving, what it does less well, what to set. */
import type { KeySpec, KeyUsage } from '../../../crypto/algorithms.js';
import type { TokenFigures } from '../../../token-host/client/token-figures.js';
import type { KeyOrder } from '../../../token-host/protocol/key-order.js';
import { keyOrder } from '../token-keys.js';
import { type KeyLimits, SERVING } from './key-examinations.js';
import type { QuirkRows } from './quirk-trial.js';
import type { SessionsFound } from './session-trial.js';
import type { TimeLimit } from './time-limits.js';
import type { TrialResult } from './token-trial.js';
import type { WrappingVerdict } from './wrapping-trial.js';

/** Members of a token in the configuration. */
export interface ProposedSettings {
  readonly threads?: 'single';
  readonly quirks?: QuirkRows;
}

interface Measurements {
  readonly quirks: QuirkRows;
  readonly limits: KeyLimits | undefined;
  readonly sessions: SessionsFound;
  readonly sharing: TokenFigures['sharing'];
  /** What the token itself says; undefined where it doesn't. */
  readonly saidSessions: number | undefined;
}

/** What was measured and differs from what the settings say, in their words. */
export function proposedSettings(measured: Measurements): ProposedSettings {
  const { limits, sessions, sharing, saidSessions } = measured;
  const labelBytes = limits?.labelBytes;
  const quirks: QuirkRows = {
    ...measured.quirks,
    ...(labelBytes !== undefined && labelBytes < SERVING.label && { maxLabelBytes: labelBytes }),
    ...(isShort(sessions) &&
      (saidSessions ?? Infinity) > sessions.atOnce && { maxSessions: sessions.atOnce }),
  };
  return {
    ...(sharing === 'single' && { threads: 'single' as const }),
    ...(Object.keys(quirks).length > 0 && { quirks }),
  };
}

/** Fewer than the settings make use of: one session less than were tried. */
function isShort({ atOnce, tried, code }: SessionsFound): boolean {
  return code !== undefined && atOnce < tried - 1;
}

/** From the cheapest to make. */
const SERVING_SPECS: readonly (readonly [KeySpec, KeyUsage])[] = [
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ['ECC_NIST_P256', 'SIGN_VERIFY'],
  ['ECC_NIST_P384', 'SIGN_VERIFY'],
  ['RSA_2048', 'SIGN_VERIFY'],
];

/** A key that the token can make and use. */
export function servingOrder(capabilities: TrialResult['capabilities']): KeyOrder | undefined {
  const works = Object.entries(capabilities).flatMap(([name, { state }]) =>
    state === 'works' ? [name] : [],
  );
  const found = SERVING_SPECS.find(([keySpec, keyUsage]) =>
    works.some((name) => name.startsWith(`${keySpec}:${keyUsage}:`)),
  );
  return found && keyOrder({ keySpec: found[0], keyUsage: found[1] });
}

interface Judged extends Pick<TrialResult, 'capabilities'> {
  readonly rootToken: { readonly problem?: string };
  readonly wrappedResidency: WrappingVerdict;
  readonly keyLimits: KeyLimits | undefined;
  readonly sessions: SessionsFound;
  readonly sharing: TokenFigures['sharing'];
  readonly timeLimits: readonly TimeLimit[];
  readonly left: readonly string[];
}

interface Settings {
  readonly id: string;
  readonly residency: 'resident' | 'wrapped';
  readonly sessions: number;
}

/** The problems, with any of which the token is not fit, and the warnings. */
export function judged(
  trial: Judged,
  settings: Settings,
): { readonly problems: string[]; readonly warnings: string[] } {
  return {
    problems: [...problemsOfUse(trial, settings), ...problemsOfKeys(trial)],
    warnings: warningsOf(trial, settings),
  };
}

function problemsOfUse(trial: Judged, { id, residency }: Settings): string[] {
  const { rootToken, wrappedResidency, capabilities } = trial;
  const states = Object.values(capabilities).map(({ state }) => state);
  return [
    ...(id === 'root' && rootToken.problem ? [rootToken.problem] : []),
    ...(residency === 'wrapped' && !wrappedResidency.fit ? [wrappedResidency.problem] : []),
    ...(states.includes('works') ? [] : ['it can do nothing that a KMS key does']),
    ...trial.timeLimits
      .filter(({ verdict }) => verdict === 'over')
      .map((limit) => `${wordsOf(limit)}: its hosts would be taken for hung`),
  ];
}

function problemsOfKeys({ keyLimits, left }: Judged): string[] {
  const cutsIds = keyLimits && (keyLimits.ckaIdBytes ?? 0) < SERVING.ckaId;
  return [
    ...(keyLimits?.value === 'readable'
      ? ['C_GetAttributeValue gives out the value of a key that is CKA_SENSITIVE']
      : []),
    ...(keyLimits?.guarded === false
      ? ['a key that was ordered CKA_SENSITIVE and not CKA_EXTRACTABLE is not so']
      : []),
    ...(cutsIds
      ? [`it does not keep a CKA_ID of ${SERVING.ckaId} octets, by which keys are found`]
      : []),
    ...(left.length > 0 ? ['it did not destroy every key that was made'] : []),
  ];
}

function warningsOf(
  { keyLimits, sessions, sharing, timeLimits }: Judged,
  settings: Settings,
): string[] {
  const labelBytes = keyLimits?.labelBytes ?? 0;
  const { atOnce, code } = sessions;
  return [
    ...(isShort(sessions)
      ? [
          `it gave ${atOnce} sessions (${code}) where the settings make use of ${settings.sessions + 1}, so that calls wait for one another; others that use it have theirs`,
        ]
      : []),
    ...(sharing === 'single'
      ? ["its library serves one thread only: a host's calls run one after the other"]
      : []),
    ...(keyLimits && labelBytes < SERVING.label
      ? [
          `of the ${SERVING.label} octets of a label it keeps ${labelBytes || 'none that was tried'}`,
        ]
      : []),
    ...timeLimits.filter(({ verdict }) => verdict === 'near').map(wordsOf),
  ];
}

function wordsOf({ what, measuredMs, limitMs }: TimeLimit): string {
  return `${what} takes ${measuredMs.toFixed(1)} of ${limitMs} ms`;
}
