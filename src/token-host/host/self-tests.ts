import { publicEncrypt, randomBytes, timingSafeEqual } from 'node:crypto';
import { unpackArguments } from '../protocol/call-packing.js';
import type { ArgumentsOf, CallName, WorkerCallName } from '../protocol/token-calls.js';
import { decryptAesGcm, encryptAesGcm } from './aes-gcm.js';
import type { SessionContext } from './context.js';
import type { Handle } from './pkcs11.js';
import { decryptOaep } from './private-key-operations.js';
import { rsaPublicKey } from './public-objects.js';

const TEST_BYTES = 16;

/**
 * A round trip with the key of a decryption that failed, with a plaintext of our own: whether it
 * works. `open` gives the session to work with. Throws the library's error.
 */
type SelfTest<Name extends CallName> = (
  open: () => SessionContext,
  key: Handle,
  args: ArgumentsOf<Name>,
  progress: () => void,
) => boolean;

type SelfTests = { readonly [Name in WorkerCallName]?: SelfTest<Name> };

/** For the decryptions whose return code may mean the caller's ciphertext or a broken device. */
const SELF_TESTS = {
  decrypt(open, key, _args, progress) {
    const plaintext = randomBytes(TEST_BYTES);
    const aad = Buffer.alloc(0);
    const sealed = encryptAesGcm(open(), key, { plaintext, aad });
    progress();
    return isSame(decryptAesGcm(open(), key, { ...sealed, aad }), plaintext);
  },

  decryptOaep(open, key, { hash }) {
    const plaintext = randomBytes(TEST_BYTES);
    const context = open();
    const publicKey = rsaPublicKey(context.library, context.session, key);
    const ciphertext = publicEncrypt({ key: publicKey, oaepHash: hash }, plaintext);
    return isSame(decryptOaep(context, key, { hash, ciphertext }), plaintext);
  },
} as const satisfies SelfTests;

export type TestedCallName = keyof typeof SELF_TESTS;

/** Whether a call's return codes may leave a doubt that its self-test settles. */
export function hasSelfTest(name: CallName): name is TestedCallName {
  return Object.hasOwn(SELF_TESTS, name);
}

/** Whether the self-test of a call that failed works. Throws the library's error. */
export function selfTest<Name extends TestedCallName>(
  name: Name,
  open: () => SessionContext,
  key: Handle,
  packed: Uint8Array,
  progress: () => void,
): boolean {
  const tests: { readonly [Tested in TestedCallName]: SelfTest<Tested> } = SELF_TESTS;
  return tests[name](open, key, unpackArguments(name, packed), progress);
}

function isSame(opened: Buffer, plaintext: Buffer): boolean {
  return opened.length === plaintext.length && timingSafeEqual(opened, plaintext);
}
