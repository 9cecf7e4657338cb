/** What the commands about backups share. */

export const PASSPHRASE_FILE = {
  'passphrase-file': {
    value: 'file',
    description: 'holds the passphrase, of 12 octets or more; keep it apart from the backups',
    required: true,
  },
} as const;

export function rowCount({ rows }: { readonly rows: Readonly<Record<string, number>> }): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

/** What a backup is, in one line. */
export function aboutBackup(summary: {
  readonly createdAt: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly softHsm: boolean;
  readonly rootToken: { readonly label: string; readonly serial: string };
}): string {
  const { createdAt, rows, softHsm, rootToken } = summary;
  const token = `root token ${rootToken.label} (serial ${rootToken.serial})`;
  const where = softHsm ? `${token}, which is in it` : `${token}, which is not in it`;
  return `of ${createdAt}, with ${rows.keys ?? 0} keys, sealed by the ${where}`;
}
