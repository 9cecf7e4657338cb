/** The shapes of what IAM answers. Source: IAM API model 2010-05-08 (shared reference, neighbours.md §4). */
import { type TProperties, Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { AccessKeyStatus, Tags } from './shapes.js';

const text = Type.String();
const count = Type.Integer();

/** An answer that is one page of a list. */
export function Page<Members extends TProperties>(members: Members) {
  return Type.Object({
    ...members,
    IsTruncated: Type.Boolean(),
    Marker: Type.Optional(text),
  });
}

/** A list of what there is none of here. */
export const NoneHere = Type.Array(Type.Never(), { maxItems: 0 });

const PermissionsBoundary = Type.Object({
  PermissionsBoundaryType: text,
  PermissionsBoundaryArn: text,
});

/** Tags and boundary are shown by Get… and Create…, not by List…. */
const details = {
  PermissionsBoundary: Type.Optional(PermissionsBoundary),
  Tags: Type.Optional(Tags),
};

/** The root user has neither path nor name. */
export const User = Type.Object({
  Path: Type.Optional(text),
  UserName: Type.Optional(text),
  UserId: text,
  Arn: text,
  CreateDate: Timestamp,
  ...details,
});

export const Group = Type.Object({
  Path: text,
  GroupName: text,
  GroupId: text,
  Arn: text,
  CreateDate: Timestamp,
});

/** Without members: never. */
export const RoleLastUsed = Type.Object({
  LastUsedDate: Type.Optional(Timestamp),
  Region: Type.Optional(text),
});

export const Role = Type.Object({
  Path: text,
  RoleName: text,
  RoleId: text,
  Arn: text,
  CreateDate: Timestamp,
  AssumeRolePolicyDocument: text,
  Description: Type.Optional(text),
  MaxSessionDuration: count,
  ...details,
});

export const InstanceProfile = Type.Object({
  Path: text,
  InstanceProfileName: text,
  InstanceProfileId: text,
  Arn: text,
  CreateDate: Timestamp,
  Roles: Type.Array(Role),
  Tags: Type.Optional(Tags),
});

export const Policy = Type.Object({
  PolicyName: text,
  PolicyId: text,
  Arn: text,
  Path: text,
  DefaultVersionId: text,
  AttachmentCount: count,
  PermissionsBoundaryUsageCount: count,
  IsAttachable: Type.Boolean(),
  Description: Type.Optional(text),
  CreateDate: Timestamp,
  UpdateDate: Timestamp,
  Tags: Type.Optional(Tags),
});

export const PolicyVersion = Type.Object({
  Document: Type.Optional(text),
  VersionId: text,
  IsDefaultVersion: Type.Boolean(),
  CreateDate: Timestamp,
});

export const AttachedPolicy = Type.Object({ PolicyName: text, PolicyArn: text });

const accessKey = {
  UserName: text,
  AccessKeyId: text,
  Status: AccessKeyStatus,
  CreateDate: Timestamp,
};

export const AccessKeyMetadata = Type.Object(accessKey);

export const NewAccessKey = Type.Object({
  ...accessKey,
  SecretAccessKey: Type.String({ sensitive: true }),
});

/** Temporary credentials. Source: STS API model, Credentials. */
export const Credentials = Type.Object({
  AccessKeyId: text,
  SecretAccessKey: Type.String({ sensitive: true }),
  SessionToken: Type.String({ sensitive: true }),
  Expiration: Timestamp,
});

export const AssumedRoleUser = Type.Object({ AssumedRoleId: text, Arn: text });
