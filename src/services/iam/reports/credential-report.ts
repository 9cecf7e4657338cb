/**
 * Whose credentials there are, as a table. Source: IAM User Guide, "Get credential reports for your
 * account"; recorded-iam-cloudtrail-tagging.md §3.
 */
import { isoSeconds } from '../../../kernel/time.js';
import { ROOT } from '../credentials/access-key-owner.js';
import type { StoredAccessKey } from '../credentials/access-key-repository.js';

const KEY_COLUMNS = [1, 2].flatMap((number) =>
  ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
    (column) => `access_key_${number}_${column}`,
  ),
);
const COLUMNS = [
  ...['user', 'arn', 'user_creation_time', 'password_enabled', 'password_last_used'],
  ...['password_last_changed', 'password_next_rotation', 'mfa_active', ...KEY_COLUMNS],
  ...['cert_1_active', 'cert_1_last_rotated', 'cert_2_active', 'cert_2_last_rotated'],
];

const NONE = 'N/A';
const NO_CERTIFICATES = ['false', NONE, 'false', NONE];
const NO_PASSWORD = ['false', NONE, NONE, NONE];
/** In AWS's words for the root user's, of which IAM tells nothing. */
const ROOTS_PASSWORD = ['not_supported', 'no_information', 'not_supported', 'not_supported'];

export interface ReportedUser {
  readonly arn: string;
  readonly createdAt: Date;
  readonly hasMfa: boolean;
  /** At most two, in the order of their ids. */
  readonly keys: readonly StoredAccessKey[];
}

/** @param users in the order in which they are to stand there, behind the root user */
export function credentialReport(
  root: ReportedUser,
  users: readonly (ReportedUser & { readonly name: string })[],
): string {
  const rows = [
    row(`<${ROOT}_account>`, root, ROOTS_PASSWORD),
    ...users.map((user) => row(user.name, user, NO_PASSWORD)),
  ];
  return [COLUMNS, ...rows].map((cells) => cells.map(cell).join(',')).join('\n');
}

function row(name: string, user: ReportedUser, password: readonly string[]): string[] {
  return [
    ...[name, user.arn, isoSeconds(user.createdAt), ...password, String(user.hasMfa)],
    ...keyCells(user.keys[0]),
    ...keyCells(user.keys[1]),
    ...NO_CERTIFICATES,
  ];
}

function keyCells(key: StoredAccessKey | undefined): string[] {
  if (!key) return ['false', NONE, NONE, NONE, NONE];
  const { status, createdAt, lastUsed } = key;
  const used = lastUsed ? [isoSeconds(lastUsed.at), lastUsed.region, lastUsed.service] : undefined;
  return [String(status === 'Active'), isoSeconds(createdAt), ...(used ?? [NONE, NONE, NONE])];
}

/** Names and paths may have commas and quotation marks. Source: RFC 4180. */
function cell(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
