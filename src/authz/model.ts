/**
 * What a decision is made of: who calls, with everything that must be known of them; what is asked;
 * and the compiled policies, which name one another. Source: IAM User Guide, "IAM identifiers", "AWS
 * global condition context keys"; shared reference, authorization.md §3 and §6.
 */
import type { PolicySource, StatementRef } from './policy-source.js';
import type { ConditionContext } from './request.js';

/**
 * The value of `aws:PrincipalType`; `AWSService` stands for a service principal, `WebIdentity` for
 * whoever an OIDC provider vouches for, before a role is assumed.
 */
export type PrincipalType =
  | 'Account'
  | 'User'
  | 'AssumedRole'
  | 'FederatedUser'
  | 'AWSService'
  | 'WebIdentity';

export interface Principal {
  readonly type: PrincipalType;
  /** A service principal has the account for which the server was set up. */
  readonly accountId: string;
  /** As refusals and records name the caller: of a role the session's ARN, never the role's. */
  readonly arn: string;
  /** `aws:PrincipalArn`: of a role session the role's ARN; of a federated user its own. */
  readonly principalArn: string;
  /**
   * AIDA… or AROA…; of the root user the account id; of a federated user that of who federated it; of a
   * service its name; of a web identity its provider's ARN.
   */
  readonly uniqueId: string;
  /** `aws:userid`: AIDA…, `AROA…:session`, `<account id>:name`, or the account id. */
  readonly userId: string;
  /** `aws:username`: IAM users only. */
  readonly userName?: string;
  /** `aws:PrincipalTag/<key>`, session tags over the role's or user's; keys in lower case. */
  readonly tags: ReadonlyMap<string, string>;
  readonly policies: PrincipalPolicies;
  /** Temporary credentials only. */
  readonly session?: Session;
  /** `AWSService` only: for example `backup.example.com`. */
  readonly serviceName?: string;
  /** A service called in the principal's name: forward access. */
  readonly via?: Forwarding;
}

export interface PrincipalPolicies {
  /** Inline and attached, the groups' included. Empty for root and services. */
  readonly identity: readonly Policy[];
  readonly boundary?: Policy;
  /** One of these must allow; undefined: the session was made without a policy. */
  readonly session?: readonly Policy[];
  /** Each of these must allow, whatever else does: by what a session was narrowed after it was made. */
  readonly scopeDown?: readonly Policy[];
}

export interface Session {
  /** A role session's name. */
  readonly name?: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When a one-time code was checked; undefined: without MFA. */
  readonly mfaAt?: number;
  readonly sourceIdentity?: string;
  /** `aws:FederatedProvider`: ARN of the OIDC provider. */
  readonly federatedProvider?: string;
  /** The role behind the session, or who federated a user. */
  readonly issuer?: {
    readonly type: 'Role' | 'IAMUser' | 'Root';
    readonly arn: string;
    readonly uniqueId: string;
    readonly userName: string;
  };
  /** The session's own tags, apart from its role's. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Which of them go on to the next role of a chain. */
  readonly transitiveTagKeys?: readonly string[];
}

export interface Forwarding {
  /** Without Region: `s3.amazonaws.com`. The values of `aws:CalledVia` and, with Region, kms:ViaService. */
  readonly serviceName: string;
  readonly sourceArn?: string;
}

/** Who calls, and with which access key. */
export type Caller = Principal & { readonly accessKeyId: string };

export interface AuthorizationRequest {
  readonly principal: Principal;
  /** For example `kms:Encrypt`. */
  readonly action: string;
  /** An ARN, or `*` where the action has no resource. */
  readonly resource: string;
  /** Whose resource it is; the caller's own account where there is none. */
  readonly resourceAccountId: string;
  readonly context: ConditionContext;
}

export interface Policy {
  readonly source: PolicySource;
  /** Whether the whole document is one that may be stored today. */
  readonly understood: boolean;
  /** The statements whose Action matches. */
  readonly on: (action: string) => StatementsOfAction;
}

export interface StatementsOfAction {
  readonly allow: readonly Statement[];
  readonly deny: readonly Statement[];
}

export type Effect = 'Allow' | 'Deny';

export interface Statement {
  readonly ref: StatementRef;
  readonly effect: Effect;
  readonly matchesAction: (action: string) => boolean;
  readonly matchesResource: (request: AuthorizationRequest) => boolean;
  /** Resource policies only. */
  readonly principals: PrincipalMatcher | undefined;
  readonly notPrincipal: boolean;
  readonly conditions: readonly Condition[];
}

/**
 * How a Principal element names a caller, the strongest form first. `session` and `user` are not
 * limited by what a role's boundary or session policy leave out; `role` is, and is also how the user
 * names whom it has federated; `account` delegates to IAM.
 */
export type NamedAs =
  | 'everyone'
  | 'session'
  | 'user'
  | 'role'
  | 'service'
  | 'federated'
  | 'account';

export interface PrincipalMatcher {
  /** Every form in which the element names this caller; empty: not at all. */
  forms(principal: Principal): readonly NamedAs[];
  /** `NotPrincipal` of a Deny: whether the caller is one of those excepted. */
  excepts(principal: Principal): boolean;
}

/** Whether a condition holds; `undefined`: it can't be told, so that an Allow doesn't allow and a Deny denies. */
export type Condition = (context: ConditionContext) => boolean | undefined;
