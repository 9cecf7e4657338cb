/**
 * The key policy as a document: its default, and what every document must be before it is stored.
 * Source: AWS KMS Developer Guide, "Default key policy"; shared reference, authorization.md §4–§5.
 */

import { checkPolicyDocument, PolicyDocumentError } from '../../../authz/document.js';
import { rootUserArn } from '../../../kernel/arns.js';
import { kmsError } from '../errors.js';
import { type Quotas, quotaRefusal } from '../keys/quotas.js';

/** A key has one policy, and this is its name. */
export const KEY_POLICY_NAME = 'default';
/** The policy of a key that is shared through Resource Access Manager: no key here is. */
export const RAM_POLICY_NAME = 'AWS_RAM';

/** The policy of a key created without one: it delegates to the account's IAM policies. */
export function defaultKeyPolicy(partition: string, accountId: string): string {
  const document = {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: rootUserArn(partition, accountId) },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  };
  return awsLayout(document);
}

/**
 * JSON laid out as AWS lays out the policies that it writes itself: blanks on both sides of colons,
 * lists on the line of their bracket.
 */
export function awsLayout(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    return `[ ${value.map((item) => awsLayout(item, indent)).join(', ')} ]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)} : ${awsLayout(member, inner)}`,
  );
  return `{\n${members.join(',\n')}\n${indent}}`;
}

/**
 * @throws ServiceError LimitExceededException above the quota, which the model's shape doesn't say;
 * MalformedPolicyDocumentException when the text isn't a key policy's (see authz/document.ts)
 */
export function checkKeyPolicy(
  text: string,
  partition: string,
  { policyBytes }: Pick<Quotas, 'policyBytes'>,
): void {
  if (Buffer.byteLength(text, 'utf8') > policyBytes) {
    throw quotaRefusal('policyBytes', policyBytes);
  }
  try {
    checkPolicyDocument('key', text, partition);
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    throw kmsError('MalformedPolicyDocumentException', error.message);
  }
}
