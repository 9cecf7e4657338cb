/** Making a token ready: C_InitToken, then the user's PIN by C_InitPIN. */
import {
  decideSetUp,
  type SetUpAnswer,
  type SetUpOrder,
  type SetUpStep,
} from '../protocol/token-set-up.js';
import { lookFailure, slotId, slotLooks } from './library-look.js';
import { CK, type Handle, initialize, type Library, loadLibrary, returnValue } from './pkcs11.js';
import { closeSession, openSession } from './session.js';

/** Octets of a token's label, filled up with blanks (CK_TOKEN_INFO). */
const LABEL_BYTES = 32;

/** CKO_DATA to CKO_SECRET_KEY: what somebody stores. Others describe the token, and are in a blank one too. */
const STORED_CLASSES = [0, 1, CK.CKO_PUBLIC_KEY, CK.CKO_PRIVATE_KEY, CK.CKO_SECRET_KEY];

/** A step that failed. */
class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly step: SetUpStep;

  constructor(step: SetUpStep, cause: unknown) {
    super(lookFailure(cause), { cause });
    this.step = step;
  }
}

/** Does what `decideSetUp` says of the library as it is now. Finalizes it. Never throws. */
export function setUpToken({ module, libraryParameters, ...order }: SetUpOrder): SetUpAnswer {
  let initialised = false;
  try {
    const library = loadLibrary(module);
    initialize(library, libraryParameters);
    try {
      const slots = library.C_GetSlotList(true);
      const decision = decideSetUp(slotLooks(library), order);
      if (decision.action === 'refuse') return refused(decision.reason);
      const slot = slots.find((one) => slotId(one) === decision.slot.id);
      if (!slot) return refused('the token was taken out');
      if (decision.action === 'make') {
        if (holdsObjects(library, slot)) {
          return refused(
            'the token says that it is not initialised, and holds objects; it is left alone',
          );
        }
        initialiseToken(library, slot, order);
        initialised = true;
      }
      initialiseUserPin(library, slot, order);
      return {};
    } finally {
      finalize(library);
    }
  } catch (error) {
    const step = error instanceof StepFailed ? error.step : undefined;
    return { failure: { reason: lookFailure(error), step, initialised } };
  }
}

/** C_InitToken, which destroys whatever is in the token. @throws StepFailed */
export function initialiseToken(
  library: Library,
  slot: Handle,
  { soPin, label }: Pick<SetUpOrder, 'soPin' | 'label'>,
): void {
  const octets = Buffer.alloc(LABEL_BYTES, ' ');
  // The library reads so many octets, whatever the string's length.
  if (octets.write(label) < Buffer.byteLength(label)) throw new RangeError('The label is too long');
  step('C_InitToken', () => library.C_InitToken(slot, soPin, octets.toString('utf8')));
}

/** Logs in as the security officer, once, and gives the user a PIN. Closing the session logs out. @throws StepFailed */
export function initialiseUserPin(
  library: Library,
  slot: Handle,
  { soPin, userPin }: Pick<SetUpOrder, 'soPin' | 'userPin'>,
): void {
  const session = step('C_OpenSession', () => openSession(library, slot, 'read-write'));
  try {
    step('C_Login', () => library.C_Login(session, CK.CKU_SO, soPin));
    step('C_InitPIN', () => library.C_InitPIN(session, userPin));
  } finally {
    closeSession(library, session);
  }
}

function step<Result>(name: SetUpStep, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw new StepFailed(name, error);
  }
}

/** A token that says that it was never initialised has none: one that lies is not to be wiped. */
function holdsObjects(library: Library, slot: Handle): boolean {
  let session: Handle;
  try {
    session = openSession(library, slot, 'read-write');
  } catch (error) {
    // Most have no sessions before they are initialised.
    if (returnValue(error) === undefined) throw error;
    return false;
  }
  try {
    return STORED_CLASSES.some((value) => {
      library.C_FindObjectsInit(session, [{ type: CK.CKA_CLASS, value }]);
      const found = library.C_FindObjects(session, 1);
      library.C_FindObjectsFinal(session);
      return found.length > 0;
    });
  } catch (error) {
    if (returnValue(error) === undefined) throw error;
    return false;
  } finally {
    closeSession(library, session);
  }
}

/** What a library says of its own end changes nothing about the token. */
function finalize(library: Library): void {
  try {
    library.C_Finalize();
  } catch (error) {
    if (returnValue(error) === undefined) throw error;
  }
}

function refused(reason: string): SetUpAnswer {
  return { failure: { reason, step: undefined, initialised: false } };
}
