import { publicEncrypt } from 'node:crypto';
import type { HashName } from '../../crypto/algorithms.js';
import { packBody, unpackBody } from '../protocol/frames.js';
import type { KeyOrder } from '../protocol/key-order.js';
import type { OperationName } from '../protocol/protocol.js';
import { type PublicJwk, publicKeyObject } from '../protocol/public-jwk.js';
import { type ReturnCodeAction, returnCode } from '../protocol/return-codes.js';
import { TokenHostError } from '../protocol/token-error.js';
import { generate, type KeyHandles } from './key-generation.js';
import { generationOf, importTemplate } from './key-templates.js';
import type { LaneContext } from './lane-operations.js';
import {
  decryptAesGcm,
  encryptAesGcm,
  type OperationContext,
  workerOperation,
} from './operations.js';
import { type Handle, returnValue } from './pkcs11.js';
import { decryptOaep, mac } from './private-key-operations.js';
import { readPublicKey } from './public-key.js';
import { closeSession, openSession } from './session.js';

/** An operation with its arguments; what three of them do instead is in `TRIALS`. */
export type ProbeTask = readonly [operation: OperationName, args: readonly unknown[]];

/** A key to be made for the time of the probe, and what to do with it. */
export type ProbeRequest = readonly [
  order: KeyOrder,
  /** The value of a secret key, imported where the token allows it. */
  secret: Buffer | null,
  tasks: readonly ProbeTask[],
];

/** What came of it. The answers are judged by who asked. */
export interface ProbeReport {
  /** False for a secret key with a value of its own, because it can't be imported. */
  readonly imported: boolean;
  readonly publicKey: PublicJwk | null;
  /** What C_GetMechanismInfo says of key generation: for RSA, bits. */
  readonly keySizes: readonly [least: number, most: number] | null;
  /** In the order of the tasks: `[answer]`, or why there is none. */
  readonly answers: readonly (readonly [answer: unknown] | string)[];
}

/** Return codes that say nothing about what the token can do. */
const INCONCLUSIVE: ReadonlySet<ReturnCodeAction> = new Set([
  'busy',
  'restart',
  'refused',
  'login',
]);

/** The same, unless they come again with a new session. */
const DOUBTFUL: ReadonlySet<ReturnCodeAction> = new Set(['session', 'handles']);

type Trial = (
  context: OperationContext,
  key: Handle,
  args: readonly unknown[],
  publicKey: PublicJwk | undefined,
) => unknown;

/** Tasks that take more than one call, or input that only the key's owner can make. */
const TRIALS: Readonly<Partial<Record<OperationName, Trial>>> = {
  /** `[plaintext, aad]` → `[iv, ciphertext, tag, plaintext, whether a wrong tag is refused]`. */
  encrypt(context, key, args) {
    const [plaintext, aad] = args as [Buffer, Buffer];
    const sealed = encryptAesGcm(context, key, plaintext, aad);
    const opened = decryptAesGcm(context, key, sealed, aad);
    const tag = Buffer.from(sealed.tag.map((octet) => octet ^ 1));
    const refuses = isRefused(() => decryptAesGcm(context, key, { ...sealed, tag }, aad));
    return [sealed.iv, sealed.ciphertext, sealed.tag, opened, refuses];
  },

  /** `[hash, message, another]` → `[MAC, the same again, MAC of the other]`. */
  mac(context, key, args) {
    const [hash, message, another] = args as [HashName, Buffer, Buffer];
    return [message, message, another].map((each) => mac(context, key, hash, each));
  },

  /** `[hash, plaintext]` → what the ciphertext of that plaintext decrypts to. */
  decryptOaep(context, key, args, publicKey) {
    const [hash, plaintext] = args as [HashName, Buffer];
    if (publicKey === undefined) throw new TypeError('OAEP needs a key pair');
    const ciphertext = publicEncrypt(
      { key: publicKeyObject(publicKey), oaepHash: hash },
      plaintext,
    );
    return decryptOaep(context, key, hash, ciphertext);
  },
};

function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (returnValue(error) === undefined) throw error;
    return true;
  }
}

/**
 * Makes a key that ends with the probe, and does with it what the tasks say. Throws the library's
 * error for what says nothing about the token's capabilities.
 */
export function probe(context: LaneContext, [order, secret, tasks]: ProbeRequest): ProbeReport {
  const { library, slot, vendor, progress } = context;
  // Session objects end with the session that made them; what a failed task spoils is another one.
  const session = openSession(library, slot);
  try {
    const made = attempt(context, () => makeKey({ library, session, vendor }, order, secret));
    progress();
    if (typeof made === 'string') {
      return { imported: false, publicKey: null, keySizes: null, answers: tasks.map(() => made) };
    }
    const { handles, imported } = made[0];
    const publicKey =
      handles.publicKey && readPublicKey(library, session, order, handles.publicKey);
    const answers = tasks.map(([operation, args]) => {
      const answer = attempt(context, () =>
        runTask(context, handles.key, operation, args, publicKey),
      );
      progress();
      return answer;
    });
    return {
      imported,
      publicKey: publicKey ?? null,
      keySizes: keySizes(context, generationOf(order).generation),
      answers,
    };
  } catch (error) {
    if (!(error instanceof TokenHostError)) throw error;
    // The public half can't be read: nothing that was made could be used.
    const answers = tasks.map(() => error.message);
    return { imported: false, publicKey: null, keySizes: null, answers };
  } finally {
    closeSession(library, session);
  }
}

function makeKey(
  context: OperationContext,
  order: KeyOrder,
  secret: Buffer | null,
): { handles: KeyHandles; imported: boolean } {
  const imported = secret === null ? undefined : importKey(context, order, secret);
  if (imported !== undefined) {
    return { handles: { key: imported, publicKey: undefined }, imported: true };
  }
  return { handles: generate(context, order), imported: false };
}

/** Undefined where the token does not take a key that was made outside. */
function importKey(
  { library, session, vendor }: OperationContext,
  order: KeyOrder,
  secret: Buffer,
): Handle | undefined {
  try {
    return library.C_CreateObject(session, importTemplate(order, vendor, secret));
  } catch (error) {
    const rv = returnValue(error);
    if (rv === undefined || INCONCLUSIVE.has(returnCode(rv).action)) throw error;
    return undefined;
  }
}

function runTask(
  { library, slot, vendor }: LaneContext,
  key: Handle,
  operation: OperationName,
  args: readonly unknown[],
  publicKey: PublicJwk | undefined,
): unknown {
  const session = openSession(library, slot);
  try {
    const context = { library, session, vendor };
    const trial = TRIALS[operation];
    if (trial !== undefined) return trial(context, key, args, publicKey);
    return unpackBody(workerOperation(operation)(context, key, packBody(args)));
  } finally {
    closeSession(library, session);
  }
}

/** The value in a list, or why there is none. A failure that may be a passing one is tried twice. */
function attempt<Value>(context: LaneContext, work: () => Value): readonly [Value] | string {
  for (let again = false; ; again = true) {
    try {
      return [work()];
    } catch (error) {
      const rv = returnValue(error);
      if (rv === undefined) return 'the call could not be made';
      const { action, name } = returnCode(rv);
      if (INCONCLUSIVE.has(action) || (DOUBTFUL.has(action) && !context.again)) throw error;
      if (again || action !== 'bad-tag') return name;
    }
  }
}

function keySizes(
  { library, slot }: LaneContext,
  mechanism: number,
): readonly [number, number] | null {
  try {
    const { minKeySize, maxKeySize } = library.C_GetMechanismInfo(slot, mechanism);
    return [minKeySize, maxKeySize];
  } catch (error) {
    // The key was made all the same; its bounds are then found out by trying.
    if (returnValue(error) === undefined) throw error;
    return null;
  }
}
