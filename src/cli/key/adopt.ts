import { CommandEnd, EXIT } from '../core/command.js';
import { defineServerCommand } from '../core/server-command.js';

export const adoptKey = defineServerCommand({
  name: 'key adopt',
  summary: 'make a key that is in a token already a KMS key',
  options: {
    store: { value: 'id', description: 'the custom key store, connected', required: true },
    id: { value: 'hex', description: "the key's CKA_ID in hexadecimal" },
    label: { value: 'text', description: "the key's CKA_LABEL" },
    uri: { value: 'uri', description: 'RFC 7512, with id, object and type' },
    usage: { value: 'usage', description: 'KeyUsage, where the key may have several' },
    description: { value: 'text', description: 'Description of the KMS key' },
    deletion: {
      value: 'keep|destroy',
      description: "what the end of the KMS key does to the token's key",
      default: 'keep',
    },
  },
  examples: [
    [
      'strongroom key adopt --store cks-1234567890abcdef0 --uri "pkcs11:id=%01%FF"',
      'by the operator’s socket, or signed where there is none',
    ],
  ],
  exitCodes: { done: 'the KMS key is there' },
  async run(server, options, { tell }) {
    const { store, id, label, uri, usage, description, deletion } = options;
    if (deletion !== 'keep' && deletion !== 'destroy') {
      throw new CommandEnd(EXIT.usage, '--deletion is keep or destroy');
    }
    const answer = await server.kmsRest(
      'POST',
      `/custom-key-stores/${encodeURIComponent(store)}/adopt`,
      {
        ...{ ObjectId: id, ObjectLabel: label, ObjectUri: uri, KeyUsage: usage },
        ...{ Description: description, DestroyOnDeletion: deletion === 'destroy' },
      },
    );
    const { Arn, KeySpec, KeyUsage } = Object(answer.KeyMetadata);
    tell([`${Arn} (${KeySpec}, ${KeyUsage})`], answer);
    return undefined;
  },
});
