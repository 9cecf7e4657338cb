import type { FindAction } from '../../declare/known-actions.js';
import type { WallClock } from '../../kernel/time.js';
import type { AccessKeys } from './credentials/access-keys.js';
import type { SessionTokens } from './credentials/session-token.js';
import type { Directory } from './directory/directory.js';
import type { Principals } from './directory/principals.js';
import type { MfaCodes } from './mfa/mfa-codes.js';
import type { OidcTokens } from './oidc/oidc-tokens.js';
import type { PasswordPolicyRepository } from './password-policy/password-policy-repository.js';
import type { ReportRepository } from './reports/report-repository.js';
import type { ServiceUses } from './reports/service-uses.js';
import type { Discovery } from './web-identity/discovery.js';
import type { Issuer } from './web-identity/issuer.js';
import type { Issuers } from './web-identity/issuers.js';
import type { TokenSigner } from './web-identity/token-signer.js';

/** A service that may act for callers; without `accounts` for those of every account. */
export interface ServicePrincipal {
  readonly principal: string;
  readonly accounts?: readonly string[];
}

/** What the operations of IAM and STS use, all together; each states its own by `Uses`. */
export interface IamPorts {
  readonly directory: Directory;
  /** Who a name or unique id is, with compiled policies. */
  readonly principals: Principals;
  readonly accessKeys: AccessKeys;
  readonly sessionTokens: SessionTokens;
  readonly oidcTokens: OidcTokens;
  readonly mfaCodes: MfaCodes;
  readonly passwordPolicies: PasswordPolicyRepository;
  readonly serviceUses: ServiceUses;
  readonly reports: ReportRepository;
  /** The accounts that issue web identity tokens. */
  readonly issuers: Issuers;
  /** What is told of them, and by which URL. */
  readonly discovery: Discovery;
  readonly tokenSigner: TokenSigner;
  /** What an account gets that becomes an issuer. */
  readonly newIssuer: () => Pick<Issuer, 'issuerId' | 'region' | 'createdAt'>;
  /** Services that may act for callers, by the name of their principal. */
  readonly services: ReadonlyMap<string, ServicePrincipal>;
  readonly wallClock: WallClock;
  /** What is declared of an action of any service. */
  readonly findAction: FindAction;
  /** The actions of every service: `kms:Decrypt`. */
  readonly actionNames: readonly string[];
  /** A random UUID. */
  readonly newId: () => string;
  readonly randomBytes: (size: number) => Buffer;
}

/** These ports and no other. */
export type Uses<Names extends keyof IamPorts> = Pick<IamPorts, Names>;
