/** What a record of the audit trail says of a call of IAM or STS beyond what every call's says. */
import type { AuditFacts } from '../../audit/record.js';
import type { PipelineCall } from '../../pipeline/call.js';
import { kindNamed, parseIamArn } from './directory/arns.js';
import type { EntityKind } from './directory/entities.js';

/** CloudFormation's names, which CloudTrail has, too. */
const TYPES: Readonly<Record<EntityKind, string>> = {
  user: 'AWS::IAM::User',
  group: 'AWS::IAM::Group',
  role: 'AWS::IAM::Role',
  policy: 'AWS::IAM::ManagedPolicy',
  'oidc-provider': 'AWS::IAM::OIDCProvider',
  'mfa-device': 'AWS::IAM::VirtualMFADevice',
  'instance-profile': 'AWS::IAM::InstanceProfile',
};

/** The record of a call, with what it is about. */
export function iamRecords(call: PipelineCall, facts: AuditFacts): AuditFacts[] {
  const resources = call.about.flatMap((arn) => {
    const parsed = parseIamArn(arn);
    const kind = parsed && kindNamed(parsed.kind);
    return kind ? { accountId: parsed.accountId, type: TYPES[kind], arn } : [];
  });
  return [{ ...facts, resources }];
}
