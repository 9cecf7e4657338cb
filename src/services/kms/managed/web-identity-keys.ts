/**
 * The keys that sign STS's web identity tokens: AWS managed keys of an account, made and used by STS
 * alone. Whoever could use one could be anybody of the account elsewhere, so nobody of the account can
 * use, disable or delete it: docs/decisions/0024.
 */
import type { Principal } from '../../../authz/model.js';
import type { KeySpec } from '../../../crypto/algorithms.js';
import { rootUserArn } from '../../../kernel/arns.js';
import type { Scope } from '../../../kernel/scope.js';
import { WEB_IDENTITY_SERVICE } from '../port.js';

/** By the part of the alias that stands for the algorithm. */
const KEY_SPECS: Readonly<Record<string, KeySpec>> = {
  rs256: 'RSA_2048',
  es384: 'ECC_NIST_P384',
};
const ALIAS = /^alias\/aws\/sts-(rs256|es384)-(?:0|[1-9][0-9]{0,8})$/;

/** What the key of an alias is to be; undefined: it isn't the alias of such a key. */
export function webIdentityKeySpec(aliasName: string): KeySpec | undefined {
  const [, algorithm = ''] = ALIAS.exec(aliasName) ?? [];
  return KEY_SPECS[algorithm];
}

/** Whether a call may make such a key: everybody else's names could be any number of keys. */
export function makesWebIdentityKeys({ type, serviceName }: Principal): boolean {
  return type === 'AWSService' && serviceName === WEB_IDENTITY_SERVICE;
}

/** Use by STS; metadata for the account. */
export function webIdentityKeyPolicy({ accountId, partition }: Scope): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'auto-sts-1',
    Statement: [
      {
        Sid: 'Allow STS to sign web identity tokens of the account',
        Effect: 'Allow',
        Principal: { Service: WEB_IDENTITY_SERVICE },
        Action: ['kms:Sign', 'kms:GetPublicKey'],
        Resource: '*',
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: rootUserArn(partition, accountId) },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
    ],
  });
}
