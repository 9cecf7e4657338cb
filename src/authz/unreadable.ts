/** Stored documents that this version can't read: they allow nothing and deny everything. */
import { checkPolicyDocument, type DocumentKind, PolicyDocumentError } from './document.js';
import { compilePolicy } from './policy.js';

/** A policy document, as a service keeps it. */
export interface StoredDocument {
  readonly kind: Extract<DocumentKind, 'key' | 'identity' | 'trust'>;
  /** What has it, for people: an ARN, and the policy's name where it has several. */
  readonly where: string;
  readonly text: string;
}

const POLICY_KINDS = { key: 'resource', identity: 'identity', trust: 'trust' } as const;

/** Why the document can't be read; undefined: it can, whether or not it could be stored today. */
export function whyUnreadable(
  { kind, where, text }: StoredDocument,
  partition: string,
): string | undefined {
  const { understood } = compilePolicy(text, { kind: POLICY_KINDS[kind], id: where });
  if (understood) return undefined;
  try {
    checkPolicyDocument(kind, text, partition);
  } catch (error) {
    if (error instanceof PolicyDocumentError) return error.message;
    throw error;
  }
  return 'A statement is not understood.';
}
