/** The credential report. Source: IAM API Reference. */
import { Type } from 'typebox';
import { Blob, OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import { rootUserArn } from '../../../kernel/arns.js';
import type { Scope } from '../../../kernel/scope.js';
import { ROOT } from '../credentials/access-key-owner.js';
import type { StoredAccessKey } from '../credentials/access-key-repository.js';
import { entityArn } from '../directory/arns.js';
import { Nothing } from '../directory/shapes.js';
import { actsOnAccount } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { credentialReport } from './credential-report.js';

/** A report is valid as long. Source: IAM API Reference, GenerateCredentialReport. */
const VALID_MS = 4 * 3_600_000;
/** 5,000 users with the longest names and paths. */
const MAX_CONTENT = 16_777_216;

const generateCredentialReport = defineIamOperation({
  service: 'iam',
  name: 'GenerateCredentialReport',
  summary: 'Makes a report on the credentials of all users, unless there is a recent one.',
  input: Nothing,
  output: Type.Object({
    State: OneOf(['STARTED', 'INPROGRESS', 'COMPLETE']),
    Description: Type.Optional(Type.String()),
  }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: ['State'] },
  async run(
    { scope },
    { reports, wallClock, ...ports }: Uses<'reports' | 'wallClock' | 'directory' | 'accessKeys'>,
  ) {
    const { accountId } = scope;
    const now = wallClock();
    const last = await reports.credentialReport(accountId);
    if (last && now - last.generatedAt < VALID_MS) return { State: 'COMPLETE' as const };
    const content = await reportOn(scope, now, ports);
    await reports.putCredentialReport(accountId, { content, generatedAt: now });
    return {
      State: 'STARTED' as const,
      Description: 'No report exists. Starting a new report generation task',
    };
  },
});

async function reportOn(
  { accountId, partition }: Scope,
  now: number,
  { directory, accessKeys }: Uses<'directory' | 'accessKeys'>,
): Promise<string> {
  const users = await directory.list('user', accountId);
  const devices = await directory.list('mfa-device', accountId);
  const withMfa = new Set(devices.map(({ enabledFor }) => enabledFor));
  const keys = new Map<string, StoredAccessKey[]>();
  for (const key of await accessKeys.ofAccount(accountId)) {
    keys.set(key.principal, [...(keys.get(key.principal) ?? []), key]);
  }
  const rootKeys = keys.get(ROOT) ?? [];
  const root = {
    arn: rootUserArn(partition, accountId),
    // Of the account itself no date is shown anywhere: it is as old as its oldest key.
    createdAt: new Date(Math.min(now, ...rootKeys.map(({ createdAt }) => createdAt.getTime()))),
    hasMfa: withMfa.has(accountId),
    keys: rootKeys,
  };
  const reported = users.map((user) => ({
    name: user.name,
    arn: entityArn(partition, user),
    createdAt: user.createdAt,
    hasMfa: withMfa.has(user.uniqueId),
    keys: keys.get(user.uniqueId) ?? [],
  }));
  return credentialReport(root, reported);
}

const getCredentialReport = defineIamOperation({
  service: 'iam',
  name: 'GetCredentialReport',
  summary: 'Shows the report on the credentials of all users, for four hours.',
  input: Nothing,
  output: Type.Object({
    Content: Blob(1, MAX_CONTENT),
    ReportFormat: OneOf(['text/csv']),
    GeneratedTime: Timestamp,
  }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  errors: ['ReportExpired', 'ReportNotPresent'],
  async run({ scope: { accountId } }, { reports, wallClock }: Uses<'reports' | 'wallClock'>) {
    const report = await reports.credentialReport(accountId);
    if (!report) throw iamError('ReportNotPresent', 'Unknown');
    if (wallClock() - report.generatedAt >= VALID_MS) throw iamError('ReportExpired', 'Unknown');
    return {
      Content: Buffer.from(report.content, 'utf8'),
      ReportFormat: 'text/csv' as const,
      GeneratedTime: new Date(report.generatedAt),
    };
  },
});

export const credentialReportOperations: readonly IamOperation[] = [
  generateCredentialReport,
  getCredentialReport,
];
