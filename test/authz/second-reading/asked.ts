/**
 * What the second reading of AWS's rules is asked: a row of a decision table. This folder imports
 * nothing of the server's decisions, and shares no design with them: it reads the documents anew for
 * every question, recursively, and looks everything up in plain lists.
 * Source: IAM User Guide, "Policy evaluation logic" and "JSON policy elements reference"; AWS KMS
 * Developer Guide, "Key policies" and "Condition keys"; where AWS was asked, what it answered.
 */

export type Json = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly key?: readonly Json[];
  readonly identity?: readonly Json[];
  readonly boundary?: readonly Json[];
  readonly session?: readonly Json[];
  readonly scopeDown?: readonly (readonly Json[])[];
  readonly version?: string;
  readonly as?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly facts?: {
    readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
    readonly tags?: ReadonlyMap<string, string> | undefined;
    readonly tagKeys?: readonly string[] | undefined;
    readonly sourceAccount?: string | undefined;
    readonly http?: { readonly userAgent?: string | undefined };
    readonly members?: Readonly<Record<string, unknown>>;
    readonly key?: { readonly tags: ReadonlyMap<string, string> };
  };
  readonly crossAccount?: false;
  readonly grants?: readonly string[];
  readonly issuer?: string;
  readonly on?: 'identity';
}

export interface Caller {
  readonly kind: 'Account' | 'User' | 'AssumedRole' | 'FederatedUser' | 'AWSService';
  readonly account: string;
  /** A session's own ARN; a service's name. */
  readonly arn: string;
  /** A session's role. */
  readonly role?: string;
  /** Who has federated a federated user. */
  readonly federator?: string;
}

export const OWNER = '111122223333';
const OTHER = '444455556666';
export const KEY = `arn:aws:kms:us-east-1:${OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const iam = (account: string, rest: string) => `arn:aws:iam::${account}:${rest}`;
const root = (account: string): Caller => ({ kind: 'Account', account, arn: iam(account, 'root') });
const user = (account: string, name: string): Caller => ({
  kind: 'User',
  account,
  arn: iam(account, `user/${name}`),
});
const session = (account: string): Caller => ({
  kind: 'AssumedRole',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/Role/here`,
  role: iam(account, 'role/Role'),
});

const federated = (account: string, name: string): Caller => ({
  kind: 'FederatedUser',
  account,
  arn: `arn:aws:sts::${account}:federated-user/${name}`,
  federator: iam(account, 'user/alice'),
});

/** Those whom the rows name. */
export const CALLERS: Readonly<Record<string, Caller>> = {
  alice: user(OWNER, 'alice'),
  role: session(OWNER),
  federated: federated(OWNER, 'Fay'),
  root: root(OWNER),
  bob: user(OTHER, 'bob'),
  otherRole: session(OTHER),
  otherRoot: root(OTHER),
  service: { kind: 'AWSService', account: OWNER, arn: 'logs.amazonaws.com' },
};

/** One value or many, as `"a"` and `["a", "b"]` are in policies. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
