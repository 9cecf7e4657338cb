import { packAndZero } from '../protocol/call.js';
import { unpackArguments } from '../protocol/call-packing.js';
import type { ArgumentsOf, ResultOf, WorkerCallName } from '../protocol/token-calls.js';
import { decryptAesGcm, encryptAesGcm } from './aes-gcm.js';
import type { SessionContext } from './context.js';
import type { Handle } from './pkcs11.js';
import { decryptOaep, derive, mac, sign } from './private-key-operations.js';

/** Runs on any session. `key` is undefined for a call that has none. */
type WorkerHandler<Name extends WorkerCallName> = (
  context: SessionContext,
  key: Handle | undefined,
  args: ArgumentsOf<Name>,
) => ResultOf<Name>;

export type WorkerHandlers = { readonly [Name in WorkerCallName]: WorkerHandler<Name> };

/** The handler of every call of `TOKEN_CALLS` that a worker runs. */
export const WORKER_CALLS: WorkerHandlers = {
  encrypt: onKey(encryptAesGcm),
  decrypt: onKey(decryptAesGcm),
  random: ({ library, session }, _key, { length }) =>
    library.C_GenerateRandom(session, Buffer.alloc(length)),
  sign: onKey(sign),
  mac: onKey(mac),
  derive: onKey(derive),
  decryptOaep: onKey(decryptOaep),
};

/** Runs a call and packs its result. Throws the library's error, FrameError or ShapeError. */
export function runWorkerCall<Name extends WorkerCallName>(
  name: Name,
  context: SessionContext,
  key: Handle | undefined,
  packed: Uint8Array,
): Uint8Array {
  return packAndZero(WORKER_CALLS[name](context, key, unpackArguments(name, packed)));
}

function onKey<Arguments, Result>(
  work: (context: SessionContext, key: Handle, args: Arguments) => Result,
): (context: SessionContext, key: Handle | undefined, args: Arguments) => Result {
  return (context, key, args) => {
    if (key === undefined) throw new TypeError('The call needs a key');
    return work(context, key, args);
  };
}
