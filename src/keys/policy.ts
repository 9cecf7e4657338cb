/**
 * The key policy as a document: its default, and what every document must be before it is stored.
 * Source: AWS KMS Developer Guide, "Default key policy"; shared reference, authorization.md §4–§5.
 */
import { KmsError } from '../api/errors.js';

/** A key has one policy, and this is its name. */
export const KEY_POLICY_NAME = 'default';

/** AWS stores no larger key policy, although the model's shape lets 131,072 characters through. */
const MAX_POLICY_BYTES = 32_768;
const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17'];
const EFFECTS: readonly unknown[] = ['Allow', 'Deny'];

/** The policy of a key created without one: it delegates to the account's IAM policies. */
export function defaultKeyPolicy(partition: string, accountId: string): string {
  const document = {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  };
  return JSON.stringify(document, null, 2);
}

/**
 * @throws KmsError LimitExceededException above 32,768 octets, MalformedPolicyDocumentException when
 * the text isn't a policy document with statements that have an effect and a principal.
 */
export function checkKeyPolicy(text: string): void {
  if (Buffer.byteLength(text, 'utf8') > MAX_POLICY_BYTES) {
    throw new KmsError(
      'LimitExceededException',
      `The key policy is larger than ${MAX_POLICY_BYTES} bytes.`,
    );
  }
  const document = parse(text);
  if (!isObject(document)) throw malformed('Policy must be a JSON object.');
  if (document.Version !== undefined && !VERSIONS.includes(document.Version)) {
    throw malformed('Policy has an invalid version.');
  }
  const statements = [document.Statement].flat();
  if (document.Statement === undefined || statements.length === 0) {
    throw malformed('Policy must contain a statement.');
  }
  for (const statement of statements) checkStatement(statement);
}

function checkStatement(statement: unknown): void {
  if (!isObject(statement)) throw malformed('Policy contains an invalid statement.');
  if (!EFFECTS.includes(statement.Effect)) {
    throw malformed('Policy contains a statement with an invalid effect.');
  }
  if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
    throw malformed('Policy contains a statement with no principal.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('Policy contains invalid JSON.');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(message: string): KmsError {
  return new KmsError('MalformedPolicyDocumentException', message);
}
