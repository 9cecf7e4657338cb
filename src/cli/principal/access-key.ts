import { defineServerCommand } from '../core/server-command.js';

export const createAccessKey = defineServerCommand({
  name: 'principal access-key',
  summary: 'make an access key for a user; its secret is shown this once, on stdout',
  operand: { name: 'name', description: 'the UserName' },
  options: {},
  examples: [
    [
      'strongroom principal access-key app > app.credentials',
      "in the form of AWS's shared credentials file",
    ],
  ],
  async run(server, _options, { tell }, name) {
    const { AccessKey } = await server.iam('CreateAccessKey', { UserName: name });
    const { AccessKeyId, SecretAccessKey } = Object(AccessKey);
    const lines = [
      '[default]',
      `aws_access_key_id = ${AccessKeyId}`,
      `aws_secret_access_key = ${SecretAccessKey}`,
    ];
    tell(lines, Object(AccessKey));
    return undefined;
  },
});
