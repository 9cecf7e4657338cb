import { publicEncrypt } from 'node:crypto';
import { type PublicJwk, publicKeyObject } from '../../crypto/public-jwk.js';
import { packAndZero } from '../protocol/call.js';
import { type TokenTrials, type TrialName, trialArguments } from '../protocol/token-trials.js';
import { decryptAesGcm, encryptAesGcm } from './aes-gcm.js';
import type { SessionContext } from './context.js';
import { type Handle, returnValue } from './pkcs11.js';
import { decryptOaep, derive, mac, sign } from './private-key-operations.js';

/** The key that is tried. */
export interface TrialKey {
  readonly handle: Handle;
  /** Of a pair. */
  readonly publicKey: PublicJwk | undefined;
}

type Trials = {
  readonly [Name in TrialName]: (
    context: SessionContext,
    key: TrialKey,
    args: TokenTrials[Name]['args'],
  ) => TokenTrials[Name]['result'];
};

/** The trials: see `TokenTrials`. */
const TRIALS: Trials = {
  encrypt(context, { handle }, { plaintext, aad }) {
    const sealed = encryptAesGcm(context, handle, { plaintext, aad });
    const opened = decryptAesGcm(context, handle, { ...sealed, aad });
    const tag = Buffer.from(sealed.tag.map((octet) => octet ^ 1));
    const refuses = isRefused(() => decryptAesGcm(context, handle, { ...sealed, tag, aad }));
    return { ...sealed, opened, refuses };
  },

  mac: (context, { handle }, { hash, messages }) =>
    messages.map((message) => mac(context, handle, { hash, message })),

  decryptOaep(context, { handle, publicKey }, { hash, plaintext }) {
    if (publicKey === undefined) throw new TypeError('OAEP needs a key pair');
    const key = publicKeyObject(publicKey);
    const ciphertext = publicEncrypt({ key, oaepHash: hash }, plaintext);
    return decryptOaep(context, handle, { hash, ciphertext });
  },

  derive: (context, { handle }, args) => derive(context, handle, args),

  sign: (context, { handle }, args) => sign(context, handle, args),
};

/** Runs a trial and packs its result. Throws the library's error, FrameError or ShapeError. */
export function runTrial<Name extends TrialName>(
  name: Name,
  context: SessionContext,
  key: TrialKey,
  packed: Uint8Array,
): Buffer {
  const result = TRIALS[name](context, key, trialArguments(name, packed));
  return packAndZero(result);
}

function isRefused(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (returnValue(error) === undefined) throw error;
    return true;
  }
}
