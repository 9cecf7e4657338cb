/** Which document a statement stands in: what refusals, records and simulations name. */

export type PolicyKind = 'resource' | 'trust' | 'identity' | 'boundary' | 'session';

export interface PolicySource {
  /** `resource`: a key policy; `trust`: a role's trust policy, which has no Resource. */
  readonly kind: PolicyKind;
  /**
   * The key's or role's ARN for its policy; a managed policy's ARN; for an inline policy the ARN of
   * its user, group or role, `/` and its name; for a session policy the session's ARN.
   */
  readonly id: string;
}

/** One statement of one document. */
export interface StatementRef {
  readonly source: PolicySource;
  /** From 0. */
  readonly index: number;
  readonly sid?: string;
}
