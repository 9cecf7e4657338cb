/**
 * What a web identity token says of its caller. Source: IAM User Guide, "Understanding token claims";
 * recorded-iam-cloudtrail-tagging.md §3, "Outbound identity".
 */
import type { Caller } from '../../../authz/model.js';
import { isoSeconds } from '../../../kernel/time.js';

/** The name under which a token has what OpenID Connect doesn't know. */
const AWS = 'https://sts.amazonaws.com/';

export interface TokenFacts {
  readonly caller: Caller;
  readonly issuerUrl: string;
  readonly region: string;
  readonly audiences: readonly string[];
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** In seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly tokenId: string;
}

/** The claims as JSON. */
export function tokenPayload(facts: TokenFacts): string {
  const { caller, audiences, tags, issuedAt, expiresAt } = facts;
  const { session } = caller;
  const [audience] = audiences;
  return JSON.stringify({
    aud: audiences.length === 1 ? audience : audiences,
    // The user or the role: who trusts it needn't know its sessions.
    sub: caller.principalArn,
    [AWS]: {
      aws_account: caller.accountId,
      source_region: facts.region,
      principal_id: caller.principalArn,
      ...(caller.tags.size > 0 && { principal_tags: Object.fromEntries(caller.tags) }),
      ...(tags.length > 0 && {
        request_tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
      }),
      ...(session && { original_session_exp: isoSeconds(new Date(session.expiresAt)) }),
      ...(session?.sourceIdentity !== undefined && { source_identity: session.sourceIdentity }),
      ...(session?.federatedProvider !== undefined && {
        federated_provider: session.federatedProvider,
      }),
    },
    iss: facts.issuerUrl,
    exp: expiresAt,
    iat: issuedAt,
    jti: facts.tokenId,
  });
}
