import type { AccessKeys } from '../authn/access-keys.js';
import type { SessionTokens } from '../authn/session-token.js';
import type { Config } from '../config/config.js';
import type { Directory } from '../iam/directory.js';
import type { MfaCodes } from '../iam/mfa/mfa-codes.js';
import type { OidcTokens } from '../iam/oidc/oidc-tokens.js';
import type { Principals } from '../iam/principals.js';

/** Everything an IAM or STS operation may use, put together by wiring.ts. */
export interface QueryServices {
  readonly directory: Directory;
  /** Who a name or unique id is, with compiled policies. */
  readonly principals: Principals;
  readonly accessKeys: AccessKeys;
  readonly sessionTokens: SessionTokens;
  readonly oidcTokens: OidcTokens;
  readonly mfaCodes: MfaCodes;
  /** Services that may act for callers, by the name of their principal. */
  readonly services: ReadonlyMap<string, Config['services'][number]>;
  readonly partition: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}
