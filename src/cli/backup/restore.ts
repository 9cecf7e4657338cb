import { defineCommand, EXIT } from '../core/command.js';
import { aboutBackup, PASSPHRASE_FILE } from './backup-options.js';

export const restoreBackup = defineCommand({
  name: 'backup restore',
  summary: 'restore a backup into an empty data directory and an empty database',
  progress: 'restoring',
  options: {
    from: { value: 'file', description: 'the backup', required: true },
    ...PASSPHRASE_FILE,
  },
  examples: [
    [
      'strongroom backup restore --from /backup/kms.age --passphrase-file /root/backup-passphrase',
      'on a new machine, with the configuration of the old one; then strongroom serve',
    ],
  ],
  exitCodes: {
    done: 'everything is there; the server starts if the root token is the right one',
    failed: 'nothing is there that a server would start on; one line says why',
    usage: 'wrong usage or configuration',
  },
  async run({ from, 'passphrase-file': passphraseFile }, { configuration, tell }) {
    const backup = await import('../../app/backup.js');
    const summary = await backup.restoreBackup(configuration(), { file: from, passphraseFile });
    tell([`${from} is restored: ${aboutBackup(summary)}.`], { file: from, ...summary });
    return EXIT.done;
  },
});
