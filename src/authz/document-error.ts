/** The document can't be stored; the message is AWS's text where that is known. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError';
}

/** AWS's text for what has no other. */
export function syntaxError(detail = ''): PolicyDocumentError {
  return new PolicyDocumentError(`Syntax errors in policy.${detail && ` ${detail}`}`);
}
