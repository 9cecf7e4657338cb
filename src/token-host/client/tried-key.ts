/** Keys that are made to try a token with. */
import { type KeyObject, randomBytes } from 'node:crypto';
import { openPublicJwk } from '../../crypto/open-jwk.js';
import type { Deadline } from '../../kernel/time.js';
import type { KeyOrder } from '../protocol/key-order.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';
import type { ArgumentsOf, KeyOf, ResultOf, WorkerCallName } from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { Token } from './token.js';

type KeyedCallName = Exclude<WorkerCallName, 'random'>;

/** A key of the token, as who tries it sees it. */
export interface TriedKey {
  /** Makes an ordinary call with it. Rejects as `TokenClient.call` does. */
  readonly call: <Name extends KeyedCallName>(
    name: Name,
    args: ArgumentsOf<Name>,
  ) => Promise<ResultOf<Name>>;
  /** Of a pair. */
  readonly publicKey: KeyObject | undefined;
  /** A secret key's value, where it is known. */
  readonly secret: Buffer | undefined;
}

/** A key of the token that is there already. */
export function triedKey(client: Pick<Token, 'try'>, ckaId: string, deadline: Deadline): TriedKey {
  return {
    call: <Name extends KeyedCallName>(name: Name, args: ArgumentsOf<Name>) =>
      client.try(name, ckaId as KeyOf<Name>, args, deadline),
    publicKey: undefined,
    secret: undefined,
  };
}

/** What a key is called that exists as long as a trial takes: never a key's of anybody. */
export const PROBE_LABEL = 'strongroom:probe';

/** As long as the label of a key that serves (`kms:<key id>:<material id>`): what a token limits shows. */
const LABEL_CHARS = 105;

/**
 * Takes in a secret of its own under this CKA_ID. Undefined where the token doesn't take keys that were
 * made outside. Rejects as `TokenClient.call` does for what may be a passing fault.
 */
export async function createProbeKey(
  client: Pick<Token, 'try'>,
  ckaId: string,
  order: KeyOrder,
  deadline: Deadline,
): Promise<TriedKey | undefined> {
  const value = randomBytes(order.bytes);
  try {
    // The call's own copy is zeroed with its frame.
    await client.try('createKey', ckaId, { label: labelOf(ckaId), order, value }, deadline);
    return { ...triedKey(client, ckaId, deadline), secret: value };
  } catch (error) {
    if (refusesKeys(error)) return undefined;
    throw error;
  }
}

/**
 * Has the token generate a key under this CKA_ID. Rejects as `TokenClient.call` does; as `unsafe-object`
 * for a public half that is none.
 */
export async function generateProbeKey(
  client: Pick<Token, 'try'>,
  ckaId: string,
  order: KeyOrder,
  deadline: Deadline,
): Promise<TriedKey> {
  const args = { label: labelOf(ckaId), order };
  const jwk = await client.try('generateKey', ckaId, args, deadline);
  try {
    return { ...triedKey(client, ckaId, deadline), publicKey: jwk && openPublicJwk(jwk) };
  } catch (cause) {
    const message = 'The token made a key whose public half is none';
    throw new TokenHostError('unsafe-object', message, { cause });
  }
}

function labelOf(ckaId: string): string {
  return `${PROBE_LABEL}:${ckaId}:`.padEnd(LABEL_CHARS, '0');
}

/** Codes of a token that was asked and has answered; whatever it said, it can still generate the key. */
const ANSWERS: ReadonlySet<ReturnCodeAction> = new Set(['failed', 'caller', 'bad-tag']);

function refusesKeys(error: unknown): boolean {
  if (error instanceof TokenError) return ANSWERS.has(error.action);
  return error instanceof TokenHostError && error.kind === 'unsafe-object';
}
