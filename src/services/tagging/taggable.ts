/** What a service has that can be tagged, as this one sees it: one adapter for each kind of resource. */
import type { IdentityCall } from '../../declare/identity-operation.js';
import type { Scope } from '../../kernel/scope.js';
import type { WallClock } from '../../kernel/time.js';
import { invalidParameter } from './errors.js';

/** A resource that has tags, or has had them; others are in no list. */
export interface TaggedResource {
  /** Its place in the list. */
  readonly id: string;
  readonly arn: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Why a resource was not tagged, as its own service says it. */
export interface Failure {
  readonly ErrorCode: string;
  readonly StatusCode: number;
  readonly ErrorMessage?: string;
}

export interface Taggable {
  /** As filters name it: `kms:key`. */
  readonly type: string;
  /** Whether an ARN names one of these. */
  readonly owns: (arn: string) => boolean;
  /** Up to `limit` of an account in a Region after an id, in ascending order of it. */
  readonly list: (scope: Scope, after: string, limit: number) => Promise<readonly TaggedResource[]>;
  /** Those of these that are in the list. */
  readonly named: (scope: Scope, arns: readonly string[]) => Promise<readonly TaggedResource[]>;
  /** Tag keys in use, in order, after one. */
  readonly keys: (scope: Scope, after: string, limit: number) => Promise<readonly string[]>;
  /** The values in use of a tag key, in order, after one. */
  readonly values: (
    scope: Scope,
    key: string,
    after: string | undefined,
    limit: number,
  ) => Promise<readonly string[]>;
  /** Acts as the caller, by the service's own operation. @returns why it didn't */
  readonly tag: (
    arn: string,
    tags: ReadonlyMap<string, string>,
    by: IdentityCall,
  ) => Promise<Failure | undefined>;
  readonly untag: (
    arn: string,
    keys: readonly string[],
    by: IdentityCall,
  ) => Promise<Failure | undefined>;
}

/** What the operations use. */
export interface TaggingPorts {
  /** In order of their types. */
  readonly taggable: readonly Taggable[];
  readonly wallClock: WallClock;
}

const ARN = /^arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:.+$/;

/** @throws ServiceError InvalidParameterException for the first that hasn't an ARN's form, of whatever service */
export function requireArns(texts: readonly string[]): void {
  const wrong = texts.find((text) => !ARN.test(text));
  if (wrong !== undefined) {
    throw invalidParameter(`${wrong} is not a valid AmazonResourceName (ARN)`);
  }
}
