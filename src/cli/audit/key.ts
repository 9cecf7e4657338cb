import { defineCommand, EXIT } from '../core/command.js';

export const auditKey = defineCommand({
  name: 'audit key',
  summary: 'print the public keys that verify the audit trail',
  options: {},
  examples: [
    ['strongroom audit key > audit-key.pem', 'to be kept where who may write the database may not'],
  ],
  exitCodes: {
    done: 'they are printed, the one that signs now last',
    failed: 'the database could not be read, or knows none',
    usage: 'wrong usage or configuration',
  },
  async run(_, { configuration, tell }) {
    const { auditPublicKeys } = await import('../../app/audit.js');
    const keys = await auditPublicKeys(configuration());
    tell(
      keys.flatMap(({ fingerprint, pem }) => [`# ${fingerprint}`, pem.trimEnd()]),
      { keys },
    );
    return keys.length > 0 ? EXIT.done : EXIT.failed;
  },
});
