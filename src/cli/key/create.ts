import { defineServerCommand } from '../core/server-command.js';
import { shown } from '../core/table.js';

export const createKey = defineServerCommand({
  name: 'key create',
  summary: 'make a key',
  options: {
    spec: { value: 'KeySpec', description: 'for example RSA_2048', default: 'SYMMETRIC_DEFAULT' },
    usage: { value: 'KeyUsage', description: 'default: ENCRYPT_DECRYPT, where the spec has it' },
    description: { value: 'text', description: 'what it is for' },
    store: { value: 'id', description: 'the custom key store in whose token it is made' },
    alias: { value: 'alias/name', description: 'an alias for it, made afterwards' },
    'multi-region': { flag: true, description: 'a primary key, which can be replicated' },
  },
  examples: [
    ['strongroom key create --alias alias/first', 'AES-256, and a name for it'],
    [
      'strongroom key create --spec ECC_NIST_P256 --usage SIGN_VERIFY --store cks-1234567890abcdef0',
      'in the token of a custom key store',
    ],
  ],
  async run(server, options, { tell }) {
    const { spec, usage, description, store, alias, 'multi-region': multiRegion } = options;
    const { KeyMetadata } = await server.kms('CreateKey', {
      ...{ KeySpec: spec, KeyUsage: usage, Description: description },
      ...(store !== undefined && { CustomKeyStoreId: store, Origin: 'AWS_CLOUDHSM' }),
      ...(multiRegion && { MultiRegion: true }),
    });
    const { Arn, KeyId } = Object(KeyMetadata);
    // The key is there, whatever becomes of the alias: its ARN must not be lost.
    tell([shown(Arn)], Object(KeyMetadata));
    if (alias !== undefined) {
      await server.kms('CreateAlias', { AliasName: alias, TargetKeyId: KeyId });
    }
    return undefined;
  },
});
