/** What the operations of a host work with. */
import type { TokenProfile } from '../vendors/vendor.js';
import type { Handle, Library } from './pkcs11.js';

/** What an operation works with: one open session and the vendor's peculiarities. */
export interface OperationContext {
  readonly library: Library;
  readonly session: Handle;
  readonly vendor: TokenProfile;
}

/** What a management operation works with. */
export interface LaneContext {
  readonly library: Library;
  readonly slot: Handle;
  readonly session: Handle;
  readonly vendor: TokenProfile;
  /** True when an earlier attempt at this very call failed, its effect unknown. */
  readonly again: boolean;
  /** Whether the session still sees private objects. */
  readonly isLoggedIn: () => boolean;
  /** To be called between two calls of the library that take long: the lane is slow, not hung. */
  readonly progress: () => void;
}
