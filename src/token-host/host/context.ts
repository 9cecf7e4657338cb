/** What the handlers of a host's calls work with. */
import type { TokenProfile } from '../vendors/vendor.js';
import type { Handle, Library } from './pkcs11.js';

/** One open session and the vendor's peculiarities. */
export interface SessionContext {
  readonly library: Library;
  readonly session: Handle;
  readonly vendor: TokenProfile;
}

/** What a call of the management thread works with. */
export interface ManagementContext extends SessionContext {
  readonly slot: Handle;
  /** True when an earlier attempt at this very call failed, its effect unknown. */
  readonly again: boolean;
  /** Whether the session still sees private objects. */
  readonly isLoggedIn: () => boolean;
  /** The session whose objects the loaded keys are. Throws the library's error. */
  readonly keySession: () => Handle;
  /** To be called between two calls of the library that take long: the thread is slow, not hung. */
  readonly progress: () => void;
}
