/** Keys of a check that are made with other lengths or quirks than those that serve, one at a time. */
import type { TokenClient } from '../../../token-host/client/client.js';
import { failureReason } from '../../../token-host/protocol/capability-codes.js';
import type { Examination } from '../../../token-host/protocol/key-examination.js';
import type { KeyOrder } from '../../../token-host/protocol/key-order.js';
import {
  TokenError,
  TokenHostError,
  type TokenHostErrorKind,
} from '../../../token-host/protocol/token-error.js';
import { checkLabel, paddedCkaId } from './check-keys.js';

const CALL_MS = 60_000;

/** Octets of the CKA_LABEL and CKA_ID of a key that serves. */
export const SERVING = { label: 105, ckaId: 32 } as const;

/** Tried from the top; a token that keeps one keeps all that are shorter. */
const LABEL_OCTETS = [255, 128, SERVING.label, 64, 40, 32, 16];
const CKA_ID_OCTETS = [255, 128, 64, SERVING.ckaId];

/** The token wasn't asked: the check can't go on. */
const NOT_ASKED: ReadonlySet<TokenHostErrorKind> = new Set([
  'late',
  'deadline',
  'busy',
  'unavailable',
  'login-unknown',
]);

/** What a check's trials of keys share. */
export interface TrialKeys {
  readonly client: Pick<TokenClient, 'try' | 'call'>;
  readonly now: () => number;
  readonly newCkaId: () => string;
  /** CKA_IDs of keys that could not be destroyed. */
  readonly left: Set<string>;
  /** Ends between two keys. */
  readonly signal: AbortSignal;
}

export interface KeyLimits {
  /** The longest CKA_LABEL and CKA_ID that it keeps, of those tried; undefined where it kept none. */
  readonly labelBytes: number | undefined;
  readonly ckaIdBytes: number | undefined;
  /** CKA_SENSITIVE and not CKA_EXTRACTABLE, as the key says. Undefined where none could be made. */
  readonly guarded: boolean | undefined;
  /** Whether C_GetAttributeValue gave a key out. */
  readonly value: Examination['value'] | undefined;
}

export type Examined =
  | { readonly seen: Examination; readonly refused?: undefined }
  | { readonly seen?: undefined; readonly refused: string };

/**
 * Makes a key, looks at it, and destroys it.
 * @throws TokenHostError when the token can't be asked; the signal's reason
 */
export async function examine(
  { client, now, newCkaId, left, signal }: TrialKeys,
  order: KeyOrder,
  quirks: Readonly<Record<string, unknown>>,
  octets: { readonly label: number; readonly ckaId: number } = SERVING,
): Promise<Examined> {
  signal.throwIfAborted();
  const ckaId = paddedCkaId(newCkaId(), octets.ckaId);
  const args = { label: checkLabel(ckaId, octets.label), order, quirks };
  try {
    return { seen: await client.try('examineKey', ckaId, args, now() + CALL_MS) };
  } catch (error) {
    await destroy({ client, now, left }, ckaId);
    if (error instanceof TokenHostError && NOT_ASKED.has(error.kind)) throw error;
    if (!(error instanceof TokenError || error instanceof TokenHostError)) throw error;
    return { refused: failureReason(error) };
  }
}

/** Destroys a key of the check that may be there. Doesn't reject. */
export async function destroy(
  { client, now, left }: Pick<TrialKeys, 'client' | 'now' | 'left'>,
  ckaId: string,
): Promise<void> {
  try {
    await client.call('destroyObject', ckaId, undefined, now() + CALL_MS);
  } catch {
    left.add(ckaId);
  }
}

/** What the token keeps of keys of this order, which it can make. Rejects as `examine`. */
export async function keyLimits(keys: TrialKeys, order: KeyOrder): Promise<KeyLimits> {
  const seen: Examination[] = [];
  // What the settings say of labels is what is found out here.
  const quirks = { maxLabelBytes: 255 };
  const longest = async (lengths: readonly number[], which: 'label' | 'ckaId') => {
    for (const length of lengths) {
      const octets = { ...SERVING, [which]: length };
      const examined = await examine(keys, order, quirks, octets);
      if (!examined.seen) continue;
      seen.push(examined.seen);
      if (which === 'label' ? examined.seen.keepsLabel : examined.seen.keepsCkaId) return length;
    }
    return undefined;
  };
  const labelBytes = await longest(LABEL_OCTETS, 'label');
  const ckaIdBytes = await longest(CKA_ID_OCTETS, 'ckaId');
  const any = seen.length > 0;
  return {
    labelBytes,
    ckaIdBytes,
    guarded: any ? seen.every(({ guarded }) => guarded) : undefined,
    value: any
      ? seen.some(({ value }) => value === 'readable')
        ? 'readable'
        : 'hidden'
      : undefined,
  };
}
