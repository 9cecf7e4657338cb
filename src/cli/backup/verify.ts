import { defineCommand, EXIT } from '../core/command.js';
import { aboutBackup, PASSPHRASE_FILE } from './backup-options.js';

export const verifyBackup = defineCommand({
  name: 'backup verify',
  summary: 'read a backup to its end, and say what it is',
  progress: 'reading the backup',
  options: {
    from: { value: 'file', description: 'the backup', required: true },
    ...PASSPHRASE_FILE,
  },
  examples: [
    [
      'strongroom backup verify --from /backup/kms.age --passphrase-file /root/backup-passphrase',
      'needs no server and no token',
    ],
  ],
  exitCodes: {
    done: 'it is whole, and this version can restore it',
    failed: 'it is damaged or cut, of a newer version, or the passphrase is another',
    usage: 'wrong usage or configuration',
  },
  async run({ from, 'passphrase-file': passphraseFile }, { tell }) {
    const backup = await import('../../app/backup.js');
    const summary = await backup.verifyBackup({ file: from, passphraseFile });
    tell([`${from} is whole: ${aboutBackup(summary)}.`], { file: from, ...summary });
    return EXIT.done;
  },
});
