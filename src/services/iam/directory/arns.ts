/** ARNs of IAM and STS. Source: IAM User Guide, "IAM identifiers", "IAM ARNs". */
import { globalArn } from '../../../kernel/arns.js';
import type { Scope } from '../../../kernel/scope.js';
import type { Entity, EntityKind } from './entities.js';

/** The ARN of what stands in the directory: `…:user/path/Name`, `…:oidc-provider/host/path`. */
export function entityArn(
  partition: string,
  { kind, accountId, path, name }: Pick<Entity, 'kind' | 'accountId' | 'path' | 'name'>,
): string {
  return globalArn({ partition, accountId }, 'iam', `${arnType(kind)}${path}${name}`);
}

/** Everything of a kind in an account. */
export function allOfKindArn(partition: string, accountId: string, kind: EntityKind): string {
  return globalArn({ partition, accountId }, 'iam', `${arnType(kind)}/*`);
}

const KINDS: readonly EntityKind[] = [
  'user',
  'group',
  'role',
  'policy',
  'oidc-provider',
  'mfa-device',
  'instance-profile',
];

function arnType(kind: EntityKind): string {
  return kind === 'mfa-device' ? 'mfa' : kind;
}

/** The kind of entity that an ARN names: the reverse of `entityArn`. */
export function kindNamed(type: string): EntityKind | undefined {
  return KINDS.find((kind) => arnType(kind) === type);
}

/** A role session's ARN: the role's path is no part of it. */
export function sessionArn(
  partition: string,
  { accountId, name }: { readonly accountId: string; readonly name: string },
  sessionName: string,
): string {
  return globalArn({ partition, accountId }, 'sts', `assumed-role/${name}/${sessionName}`);
}

/** Whom a user has federated under this name. */
export function federatedUserArn(partition: string, accountId: string, name: string): string {
  return globalArn({ partition, accountId }, 'sts', `federated-user/${name}`);
}

/** A session of whoever calls, for operations of STS that are about nothing else. */
export function selfSessionArn(scope: Pick<Scope, 'partition' | 'accountId'>): string {
  return globalArn(scope, 'sts', 'self');
}

export interface ParsedArn {
  readonly partition: string;
  /** Empty where the service is global for all accounts; `aws` for AWS's own policies. */
  readonly accountId: string;
  readonly kind: string;
  /** `/` or `/…/`. */
  readonly path: string;
  readonly name: string;
}

const MAX_ARN = 2048;
const IAM_ARN = /^arn:([a-z-]+):iam::([0-9]{12}|aws):([a-z-]+)(\/.*)$/;
const SESSION_ARN =
  /^arn:([a-z-]+):sts::([0-9]{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/;

/** Takes an IAM ARN with a path apart; undefined for anything else. */
export function parseIamArn(arn: string): ParsedArn | undefined {
  if (arn.length > MAX_ARN) return undefined;
  const [, partition = '', accountId = '', kind = '', rest = ''] = IAM_ARN.exec(arn) ?? [];
  const cut = rest.lastIndexOf('/') + 1;
  const name = rest.slice(cut);
  return name === '' ? undefined : { partition, accountId, kind, path: rest.slice(0, cut), name };
}

/** Takes a role session's ARN apart; undefined for anything else. */
export function parseSessionArn(arn: string) {
  const [, partition = '', accountId = '', roleName, sessionName = ''] =
    (arn.length <= MAX_ARN && SESSION_ARN.exec(arn)) || [];
  return roleName === undefined ? undefined : { partition, accountId, roleName, sessionName };
}
