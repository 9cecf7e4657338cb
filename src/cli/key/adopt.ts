import { StartError, UnreachableError } from '../../kernel/start-error.js';
import { CommandEnd, defineCommand, EXIT } from '../core/command.js';

export const adoptKey = defineCommand({
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
    endpoint: { value: 'url', description: 'the server; default: by host and port' },
    region: { value: 'region', description: "default: the server's first Region" },
  },
  examples: [
    [
      'strongroom key adopt --store cks-1234567890abcdef0 --uri "pkcs11:id=%01%FF"',
      'signs with the credentials of the environment (AWS_ACCESS_KEY_ID …), or of the data directory',
    ],
  ],
  exitCodes: {
    done: 'the KMS key is there',
    failed: 'the server refused, and says why',
    usage: 'wrong usage or configuration, or no credentials',
    unreachable: 'the server does not answer',
  },
  async run(options, { configuration, tell }) {
    const { store, id, label, uri, usage, description, deletion, endpoint, region } = options;
    if (deletion !== 'keep' && deletion !== 'destroy') {
      throw new CommandEnd(EXIT.usage, '--deletion is keep or destroy');
    }
    const { callRest } = await import('../../app/call-rest.js');
    const { ok, answer } = await callRest(configuration(), {
      ...{ endpoint, region, method: 'POST' },
      path: `/v1/custom-key-stores/${encodeURIComponent(store)}/adopt`,
      body: {
        ...{ ObjectId: id, ObjectLabel: label, ObjectUri: uri, KeyUsage: usage },
        ...{ Description: description, DestroyOnDeletion: deletion === 'destroy' },
      },
    }).catch(noAnswer);
    if (!ok) throw new CommandEnd(EXIT.failed, refusalOf(answer));
    const { Arn, KeySpec, KeyUsage } = Object(answer.KeyMetadata);
    tell([`${Arn} (${KeySpec}, ${KeyUsage})`], answer);
    return EXIT.done;
  },
});

function noAnswer(error: unknown): never {
  if (error instanceof UnreachableError) throw new CommandEnd(EXIT.unreachable, error.message);
  if (error instanceof StartError) throw new CommandEnd(EXIT.usage, error.message);
  throw error;
}

function refusalOf({ __type, message }: Record<string, unknown>): string {
  return `${String(__type).split('#').at(-1)}: ${message}`;
}
