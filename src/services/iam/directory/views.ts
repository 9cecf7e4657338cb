/** Entities as IAM's answers show them, members in AWS's order. */
import { globalArn } from '../../../kernel/arns.js';
import type { AccessKeyStatus } from '../credentials/access-key-repository.js';
import { entityArn } from './arns.js';
import type { Entity, Group, InstanceProfile, ManagedPolicy, Role, User } from './entities.js';
import { tagList } from './tags.js';

const tagsOf = ({ tags }: Pick<Entity, 'tags'>) =>
  Object.keys(tags).length > 0 ? { Tags: tagList(tags) } : {};

const boundaryOf = ({ permissionsBoundary: arn }: User | Role) =>
  arn === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'Policy',
          PermissionsBoundaryArn: arn,
        },
      };

/** RFC 3986: AWS shows policy documents percent-encoded. */
export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** @param detailed Get… and Create… show tags and boundary, List… doesn't. */
export function userView(partition: string, user: User, detailed = true) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.uniqueId,
    Arn: entityArn(partition, user),
    CreateDate: user.createdAt,
    ...(detailed && { ...boundaryOf(user), ...tagsOf(user) }),
  };
}

/** The root user, who has neither name nor path and no date of its own. @param now epoch milliseconds */
export function rootView(partition: string, accountId: string, now: number) {
  return {
    UserId: accountId,
    Arn: globalArn({ partition, accountId }, 'iam', 'root'),
    CreateDate: new Date(now),
  };
}

export function groupView(partition: string, group: Group) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.uniqueId,
    Arn: entityArn(partition, group),
    CreateDate: group.createdAt,
  };
}

/** @param trustPolicy its text, principals that are gone shown by unique id */
export function roleView(partition: string, role: Role, trustPolicy: string, detailed = true) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.uniqueId,
    Arn: entityArn(partition, role),
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodedDocument(trustPolicy),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionDuration,
    ...(detailed && { ...boundaryOf(role), ...tagsOf(role) }),
  };
}

/** @param roles as `roleView` shows them */
export function instanceProfileView(
  partition: string,
  profile: InstanceProfile,
  roles: ReturnType<typeof roleView>[],
  detailed = true,
) {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.uniqueId,
    Arn: entityArn(partition, profile),
    CreateDate: profile.createdAt,
    Roles: roles,
    ...(detailed && tagsOf(profile)),
  };
}

export function attachedView({ attachedPolicies }: User | Group | Role) {
  return attachedPolicies.map((PolicyArn) => ({
    PolicyName: PolicyArn.split('/').at(-1) ?? '',
    PolicyArn,
  }));
}

export function policyView(
  partition: string,
  policy: ManagedPolicy,
  counts: { readonly attachments: number; readonly boundaries: number },
) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.uniqueId,
    Arn: entityArn(partition, policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: counts.attachments,
    PermissionsBoundaryUsageCount: counts.boundaries,
    IsAttachable: true,
    ...(policy.description !== undefined && { Description: policy.description }),
    CreateDate: policy.createdAt,
    UpdateDate: new Date(policy.updatedAt),
    ...tagsOf(policy),
  };
}

export function accessKeyView(
  UserName: string,
  key: {
    readonly accessKeyId: string;
    readonly status: AccessKeyStatus;
    readonly createdAt: Date;
  },
) {
  return {
    UserName,
    AccessKeyId: key.accessKeyId,
    Status: key.status,
    CreateDate: key.createdAt,
  };
}
