/** The rules of grants. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

import type {
  Grant,
  GrantConstraints,
  GrantOperation,
  GrantPrincipal,
} from '../../../authz/grant.js';
import { isGrantPrincipal } from '../../../authz/grant-match.js';
import type { Principal } from '../../../authz/model.js';

import type { RequestMembers } from '../../../authz/request.js';
import type { PrincipalNames } from '../../../authz/shown-policy.js';
import { kmsError } from '../errors.js';
import type { Key } from '../keys/key.js';
import { keyArn } from '../keys/key-id.js';
import { refuse } from '../refusals.js';
import type { GrantConstraintMembers, GrantListEntry } from './grant-shapes.js';
import type { Grantable } from './grantable.js';

const MAX_PAIRS = 8;
const MAX_PAIR_VALUE = 384;

export interface NewGrantMembers {
  readonly GranteePrincipal?: string;
  readonly GranteeServicePrincipal?: string;
  readonly RetiringPrincipal?: string;
  readonly RetiringServicePrincipal?: string;
  readonly Operations: readonly GrantOperation[];
  readonly Constraints?: GrantConstraintMembers;
}

/** Rules between members. @throws ServiceError ValidationException */
export function checkGrantMembers(members: NewGrantMembers): void {
  const { GranteePrincipal, GranteeServicePrincipal, Constraints } = members;
  if ((GranteePrincipal === undefined) === (GranteeServicePrincipal === undefined)) {
    throw refuse.validation(
      'Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.',
    );
  }
  if (members.RetiringPrincipal !== undefined && members.RetiringServicePrincipal !== undefined) {
    throw refuse.validation(
      'RetiringPrincipal and RetiringServicePrincipal cannot both be specified.',
    );
  }
  if (members.Operations.length === 0) {
    throw refuse.validation('A grant must have at least one operation.');
  }
  const retiring = members.RetiringPrincipal ?? members.RetiringServicePrincipal;
  if (GranteeServicePrincipal !== undefined) {
    if (Constraints?.SourceArn === undefined || retiring === undefined) {
      throw refuse.validation(
        'A grant for a service principal must have a SourceArn constraint and a retiring principal.',
      );
    }
  }
  checkConstraints(Constraints ?? {});
}

function checkConstraints(constraints: GrantConstraintMembers): void {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints;
  if (equals && subset) {
    throw refuse.validation(
      'Only one of EncryptionContextEquals and EncryptionContextSubset can be specified.',
    );
  }
  const pairs = Object.values(equals ?? subset ?? {});
  if (pairs.length > MAX_PAIRS || pairs.some((value) => value.length > MAX_PAIR_VALUE)) {
    throw refuse.validation(
      `A grant constraint can have at most ${MAX_PAIRS} encryption context pairs with values of at most ${MAX_PAIR_VALUE} characters.`,
    );
  }
}

/** @throws ServiceError ValidationException for operations or constraints that the key can't have. */
export function checkGrantSuitsKey(key: Key, members: NewGrantMembers, grantable: Grantable): void {
  const odd = members.Operations.find((operation) => !grantable(operation, key));
  if (odd !== undefined) {
    throw refuse.validation(
      `Operation ${odd} is not supported for a grant on a key with usage ${key.keyUsage} and spec ${key.keySpec}.`,
    );
  }
  const { EncryptionContextEquals, EncryptionContextSubset } = members.Constraints ?? {};
  if (key.keySpec !== 'SYMMETRIC_DEFAULT' && (EncryptionContextEquals ?? EncryptionContextSubset)) {
    throw refuse.validation(
      'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.',
    );
  }
}

/** What CreateGrant's input says to conditions. */
export function grantConditions(members: NewGrantMembers): RequestMembers {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } =
    members.Constraints ?? {};
  return {
    encryptionContext: equals ?? subset,
    members: {
      'kms:grantoperations': members.Operations,
      'kms:granteeprincipal': members.GranteePrincipal,
      'kms:granteeserviceprincipal': members.GranteeServicePrincipal,
      'kms:retiringprincipal': members.RetiringPrincipal,
      'kms:retiringserviceprincipal': members.RetiringServicePrincipal,
      'kms:grantconstrainttype': equals
        ? 'EncryptionContextEquals'
        : subset && 'EncryptionContextSubset',
      'kms:grantconstraintsourcearn': members.Constraints?.SourceArn,
    },
  };
}

export function constraintsOf(members: GrantConstraintMembers | undefined): GrantConstraints {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = members ?? {};
  return {
    ...(EncryptionContextEquals && { encryptionContextEquals: EncryptionContextEquals }),
    ...(EncryptionContextSubset && { encryptionContextSubset: EncryptionContextSubset }),
    ...(SourceArn !== undefined && { sourceArn: SourceArn }),
  };
}

const ACCOUNT = /^(?:([0-9]{12})|arn:([a-z-]+):iam::([0-9]{12}):root)$/;

/**
 * Who a principal's name stands for. Users and roles must exist: a grant for a name alone would go to
 * whoever is given that name later.
 * @throws ServiceError InvalidArnException
 */
export async function grantPrincipal(
  name: string,
  names: PrincipalNames,
  partition: string,
): Promise<GrantPrincipal> {
  const [, bare, , account] = ACCOUNT.exec(name) ?? [];
  if (bare !== undefined) return { name: `arn:${partition}:iam::${bare}:root` };
  if (account !== undefined) return { name };
  const uniqueId = name.startsWith('arn:') ? await names.idOf(name) : undefined;
  if (uniqueId === undefined) {
    throw kmsError('InvalidArnException', `ARN ${name} does not identify a valid principal.`);
  }
  return { name, uniqueId };
}

/**
 * A grant made by virtue of a grant gives no more than that one: operations among its own,
 * constraints equal or stricter; nothing once it is gone.
 * @throws ServiceError AccessDeniedException
 */
export function checkWithinParent(
  parent: Grant | undefined,
  child: Grant,
  callerArn: string,
  key: Key,
): void {
  if (
    parent &&
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    isAsStrict(parent.constraints, child.constraints)
  ) {
    return;
  }
  throw kmsError(
    'AccessDeniedException',
    `User: ${callerArn} is not authorized to perform: kms:CreateGrant on resource: ${key.arn} because the grant would allow more than the grant that allows creating it`,
  );
}

function isAsStrict(parent: GrantConstraints, child: GrantConstraints): boolean {
  if (parent.sourceArn !== undefined && parent.sourceArn !== child.sourceArn) return false;
  if (parent.encryptionContextEquals) {
    return samePairs(parent.encryptionContextEquals, child.encryptionContextEquals);
  }
  if (!parent.encryptionContextSubset) return true;
  const pairs = child.encryptionContextEquals ?? child.encryptionContextSubset;
  return pairs !== undefined && includesPairs(pairs, parent.encryptionContextSubset);
}

type Pairs = Readonly<Record<string, string>>;

function samePairs(wanted: Pairs, given: Pairs | undefined): boolean {
  return given !== undefined && includesPairs(wanted, given) && includesPairs(given, wanted);
}

function includesPairs(all: Pairs, some: Pairs): boolean {
  return Object.entries(some).every(
    ([key, value]) => Object.hasOwn(all, key) && all[key] === value,
  );
}

/** Whether two grants give the same to the same: what makes CreateGrant with a name idempotent. */
export function isSameGrant(a: Grant, b: Grant): boolean {
  const essence = ({ grantee, retiring, operations, constraints, issuingAccountId }: Grant) =>
    JSON.stringify([
      grantee.name,
      grantee.uniqueId,
      retiring?.name,
      retiring?.uniqueId,
      [...operations].sort(),
      Object.entries(constraints.encryptionContextEquals ?? {}).sort(),
      Object.entries(constraints.encryptionContextSubset ?? {}).sort(),
      constraints.encryptionContextEquals === undefined,
      constraints.sourceArn,
      issuingAccountId,
    ]);
  return essence(a) === essence(b);
}

/** A grant as the listings show it: of a principal that is gone the unique id. */
export async function grantListEntry(
  grant: Grant,
  partition: string,
  names: PrincipalNames,
): Promise<GrantListEntry> {
  const { accountId, region, keyId, grantId, name, createdAt, constraints, operations } = grant;
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints;
  const constrained = Object.keys(constraints).length > 0;
  return {
    KeyId: keyArn({ partition, region, accountId }, keyId),
    GrantId: grantId,
    Name: name ?? '',
    CreationDate: createdAt,
    ...(await shownAs('Grantee', grant.grantee, names)),
    ...(grant.retiring && (await shownAs('Retiring', grant.retiring, names))),
    IssuingAccount: `arn:${partition}:iam::${grant.issuingAccountId}:root`,
    Operations: [...operations],
    ...(constrained && {
      Constraints: {
        ...(encryptionContextSubset && { EncryptionContextSubset: { ...encryptionContextSubset } }),
        ...(encryptionContextEquals && { EncryptionContextEquals: { ...encryptionContextEquals } }),
        ...(sourceArn !== undefined && { SourceArn: sourceArn }),
      },
    }),
  };
}

async function shownAs(
  role: 'Grantee' | 'Retiring',
  { name, uniqueId }: GrantPrincipal,
  names: PrincipalNames,
) {
  if (!name.startsWith('arn:')) return { [`${role}ServicePrincipal`]: name };
  if (uniqueId === undefined) return { [`${role}Principal`]: name };
  const arn = await names.arnOf(uniqueId);
  const session = name.includes(':assumed-role/');
  return { [`${role}Principal`]: arn === undefined ? uniqueId : session ? name : arn };
}

/** @throws ServiceError InvalidGrantIdException for what can't be a grant's id. */
export function checkGrantId(grantId: string): void {
  if (/^[0-9a-f]{64}$/.test(grantId)) return;
  throw kmsError('InvalidGrantIdException', `Invalid grantId '${grantId}'`);
}

/** The account in a principal's ARN; undefined for what has none. */
export function accountOfPrincipal(name: string): string | undefined {
  return /^(?:arn:[a-z-]+:(?:iam|sts)::)?([0-9]{12})(?::|$)/.exec(name)?.[1];
}

/**
 * Who may retire a grant: its retiring principal; its grantee where it has the operation RetireGrant;
 * and whomever the account that issued it, owns its key, or is named to retire it lets by IAM.
 */
export function mayRetire(grant: Grant, caller: Principal, identityAllows: () => boolean): boolean {
  const { grantee, retiring, operations, issuingAccountId, accountId } = grant;
  const isAccount = (name: string) => name.endsWith(':root');
  if (retiring && !isAccount(retiring.name) && isGrantPrincipal(retiring, caller)) return true;
  if (operations.includes('RetireGrant') && isGrantPrincipal(grantee, caller)) return true;
  const accounts = [issuingAccountId, accountId];
  if (retiring && isAccount(retiring.name)) {
    accounts.push(accountOfPrincipal(retiring.name) ?? '');
  }
  return caller.type !== 'AWSService' && accounts.includes(caller.accountId) && identityAllows();
}
