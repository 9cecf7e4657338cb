/** Keys that are kept outside the token: C_WrapKey and C_UnwrapKey (PKCS#11 v2.40 §5.13). */
import { randomBytes } from 'node:crypto';
import { TokenHostError } from '../protocol/token-error.js';
import type {
  WrappedKey,
  WrappedMaterial,
  Wrapping,
  WrappingOrder,
  WrappingScheme,
} from '../protocol/wrapped-keys.js';
import type { Quirks } from '../vendors/quirks.js';
import type { ManagementContext } from './context.js';
import { generate } from './key-generation.js';
import { unwrappedTemplate } from './key-templates.js';
import { aesGcm, CK, type Handle, type Mechanism, readAttribute, ulong } from './pkcs11.js';
import { readPublicKey } from './public-objects.js';
import { byCkaId, destroyObject, isGuarded } from './token-objects.js';

/** More than any key in PKCS #8 has when wrapped: ML-DSA-87, with its seed, has about 5,000 octets. */
const MAX_WRAPPED_BYTES = 8192;

const GCM_IV_BYTES = 12;

/** The mechanism for one key, and what stands before the wrapped key. */
interface WrappingMechanism {
  readonly mechanism: Mechanism;
  readonly prefix: Buffer;
}

const NONE = Buffer.alloc(0);

/** How each scheme begins with a key, and goes on with what it made. */
const SCHEMES: Readonly<
  Record<WrappingScheme, (quirks: Quirks, prefix: Buffer | undefined) => WrappingMechanism>
> = {
  kwp: () => ({ mechanism: { mechanism: CK.CKM_AES_KEY_WRAP_KWP }, prefix: NONE }),
  pad: () => ({ mechanism: { mechanism: CK.CKM_AES_KEY_WRAP_PAD }, prefix: NONE }),
  gcm: (quirks, prefix = randomBytes(GCM_IV_BYTES)) => ({
    mechanism: aesGcm(prefix, NONE, quirks),
    prefix,
  }),
};

/**
 * Makes a key of session objects, wraps it, and proves that what was wrapped is a key that can't leave
 * once it is unwrapped. Nothing stays in the token.
 * @throws TokenHostError `no-such-key` without the wrapping key, `unsafe-object` for a key that could leave
 */
export function generateWrapped(
  context: ManagementContext,
  { wrapping, scheme, order }: WrappingOrder,
): WrappedMaterial {
  const { library, session } = context;
  const wrappingKey = wrappingHandle(context, wrapping);
  const made = generate(context, order, 'wrapped');
  try {
    const publicKey = made.publicKey && readPublicKey(library, session, order, made.publicKey);
    const { mechanism, prefix } = SCHEMES[scheme](context.vendor, undefined);
    const room = Buffer.alloc(MAX_WRAPPED_BYTES);
    const octets = library.C_WrapKey(session, mechanism, wrappingKey, made.key, room);
    const wrapped = Buffer.concat([prefix, octets]);
    // What is kept must be a key again, and must not be one that can leave.
    const back = unwrap(context, { wrapping, scheme, order, wrapped }, session);
    const guarded = isGuarded(context, back);
    destroyObject(context, back);
    if (!guarded) {
      throw new TokenHostError('unsafe-object', 'The token unwrapped a key that could leave it');
    }
    return { wrapped, publicKey };
  } finally {
    destroyObject(context, made.key);
    if (made.publicKey) destroyObject(context, made.publicKey);
  }
}

/** Unwraps a key into an object of this session. */
export function unwrap(
  context: ManagementContext,
  { wrapping, scheme, order, wrapped }: Omit<WrappedKey, 'id'>,
  session: Handle,
): Handle {
  const { library, vendor } = context;
  const prefixBytes = scheme === 'gcm' ? GCM_IV_BYTES : 0;
  const { mechanism } = SCHEMES[scheme](vendor, wrapped.subarray(0, prefixBytes));
  return library.C_UnwrapKey(
    session,
    mechanism,
    wrappingHandle(context, wrapping),
    wrapped.subarray(prefixBytes),
    unwrappedTemplate(order, vendor),
  );
}

/** The wrapping key by its CKA_ID. It is asked for often and never changes: remembered for its session. */
const remembered = new WeakMap<Handle, Map<Wrapping['wrapping'], Handle>>();

function wrappingHandle(context: ManagementContext, ckaId: string): Handle {
  const known = remembered.get(context.session)?.get(ckaId);
  if (known !== undefined) return known;
  const { library, session } = context;
  const found = byCkaId(context, ckaId).filter((object) => {
    const value = readAttribute(library, session, object, CK.CKA_CLASS);
    return value !== undefined && ulong(value) === CK.CKO_SECRET_KEY;
  });
  const [handle] = found;
  if (handle === undefined || found.length > 1) {
    throw new TokenHostError('no-such-key', 'The token does not hold the wrapping key once');
  }
  const handles = remembered.get(session) ?? new Map<string, Handle>();
  remembered.set(session, handles.set(ckaId, handle));
  return handle;
}
