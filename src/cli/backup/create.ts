import { defineCommand, EXIT } from '../core/command.js';
import { PASSPHRASE_FILE, rowCount } from './backup-options.js';

export const createBackup = defineCommand({
  name: 'backup create',
  summary: 'back up the database and the data directory, while the server runs',
  progress: 'writing the backup',
  options: {
    to: { value: 'file', description: 'the file to be made', required: true },
    ...PASSPHRASE_FILE,
    'with-softhsm': {
      flag: true,
      description: "the quick start's SoftHSM tokens too, with the keys in them",
    },
  },
  examples: [
    [
      'strongroom backup create --to /backup/kms.age --passphrase-file /root/backup-passphrase',
      'every night; the keys in HSMs are backed up by the tools of their vendors',
    ],
  ],
  exitCodes: {
    done: 'the file is whole and on the disk',
    failed: 'there is no file; one line says why',
    usage: 'wrong usage or configuration',
  },
  async run({ to, 'passphrase-file': passphraseFile, 'with-softhsm': softHsm }, context) {
    const backup = await import('../../app/backup.js');
    const end = await backup.createBackup(
      context.configuration(),
      { file: to, passphraseFile },
      softHsm,
    );
    const keys = softHsm ? 'with the keys of SoftHSM tokens' : 'without the keys in tokens';
    context.tell([`${to} has ${rowCount(end)} rows and ${end.files} files, ${keys}.`], {
      file: to,
      softHsm,
      ...end,
    });
    return EXIT.done;
  },
});
