/** What a token keeps of a key, and how many sessions it has: tried, and taken back at once. */
import {
  type Examination,
  type ExaminationOrder,
  MOST_TRIED_SESSIONS,
  type OpenedSessions,
} from '../protocol/key-examination.js';
import { returnCode } from '../protocol/return-codes.js';
import { TokenError } from '../protocol/token-error.js';
import type { Quirks } from '../vendors/quirks.js';
import { decryptAesGcm, encryptAesGcm } from './aes-gcm.js';
import type { ManagementContext } from './context.js';
import { generate } from './key-generation.js';
import { ckaIdBytes } from './object-list.js';
import { CK, type Handle, readAttribute, returnValue } from './pkcs11.js';
import { closeSession, openSession, workersSessions } from './session.js';
import { destroyObject, isGuarded } from './token-objects.js';

const TRIED = Buffer.from('examined', 'latin1');

/** The key itself: of a secret and of an EC private key, and of RSA the private exponent. */
const VALUES = [CK.CKA_VALUE, CK.CKA_PRIVATE_EXPONENT];

/**
 * Makes a key, reads back what the token says of it, seals and opens with it where it encrypts, and
 * destroys it. Throws the library's error: of what could not be made, or not be destroyed.
 */
export function examineKey(
  context: ManagementContext,
  ckaId: string,
  { label, order, quirks }: ExaminationOrder,
): Examination {
  // The configuration has checked these; who tries others names members of `Quirks`.
  const tried = { ...context, vendor: { ...context.vendor, ...(quirks as Partial<Quirks>) } };
  const { key, publicKey } = generate(tried, order, { ckaId, label });
  try {
    const octets = (type: number) => readAttribute(context.library, context.session, key, type);
    const examined: Examination = {
      keepsLabel: Buffer.from(label, 'utf8').equals(octets(CK.CKA_LABEL) ?? NONE),
      keepsCkaId: ckaIdBytes(ckaId).equals(octets(CK.CKA_ID) ?? NONE),
      guarded: isGuarded(context, key),
      value: VALUES.some((type) => isReadable(context, key, type)) ? 'readable' : 'hidden',
    };
    if (order.keyType === 'aes' && order.purpose === 'encrypt') sealAndOpen(tried, key);
    return examined;
  } finally {
    destroyObject(context, key);
    if (publicKey) destroyObject(context, publicKey);
  }
}

const NONE = Buffer.alloc(0);

/** Throws the library's error, of an opening that gave something else CKR_ENCRYPTED_DATA_INVALID. */
function sealAndOpen(context: ManagementContext, key: Handle): void {
  const aad = TRIED;
  const sealed = encryptAesGcm(context, key, { plaintext: TRIED, aad });
  const opened = decryptAesGcm(context, key, { ...sealed, aad });
  if (!TRIED.equals(opened)) throw TokenError.of('CKR_ENCRYPTED_DATA_INVALID', 'failed');
}

function isReadable(context: ManagementContext, key: Handle, type: number): boolean {
  try {
    const value = readAttribute(context.library, context.session, key, type);
    value?.fill(0);
    return value !== undefined;
  } catch (error) {
    // Libraries have codes of their own for it; only what was given out is readable.
    if (returnValue(error) === undefined) throw error;
    return false;
  }
}

/** Opens sessions until the token has no more, or there are enough, and closes them all. */
export function trySessions(
  { library, slot, vendor, progress }: ManagementContext,
  most: number,
): OpenedSessions {
  const kind = workersSessions(vendor);
  const sessions: Handle[] = [];
  try {
    while (sessions.length < Math.min(most, MOST_TRIED_SESSIONS)) {
      sessions.push(openSession(library, slot, kind));
      progress();
    }
    return { opened: sessions.length, code: undefined };
  } catch (error) {
    const rv = returnValue(error);
    if (rv === undefined) throw error;
    return { opened: sessions.length, code: returnCode(rv).name };
  } finally {
    for (const session of sessions) closeSession(library, session);
  }
}
