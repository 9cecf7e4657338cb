/**
 * What a backup holds, one JSON value a line, compressed by gzip: first the header, then each row of each
 * table, then the files, then the end with the counts. It is written into the age format.
 */

export interface Header {
  readonly strongroomBackup: 1;
  /** ISO 8601; the moment of which the rows are. */
  readonly createdAt: string;
  /** Names of the migrations of the schema that the rows have. */
  readonly migrations: readonly string[];
  /** The token that seals the database. */
  readonly rootToken: { readonly label: string; readonly serial: string };
  /** Whether SoftHSM's directory is in it, and so the keys of its tokens. */
  readonly softHsm: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

/** A file of the data directory. */
export interface BackedUpFile {
  /** Relative to the data directory, with slashes. */
  readonly path: string;
  readonly content: Buffer;
}

export interface End {
  readonly files: number;
  /** How many rows, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

export type Item =
  | { readonly header: Header }
  | { readonly table: string; readonly row: Row }
  | { readonly file: BackedUpFile }
  | { readonly end: End };

/** It is no backup, or not one that can be restored here; the message is for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The largest file and the largest row are far below it. */
const MAX_LINE_BYTES = 67_108_864;
/** Nothing that leaves the data directory. */
const PATH = /^(?!.*\.\.)[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;

export function encodeItem(item: Item): Buffer {
  return Buffer.from(`${JSON.stringify(plain(item))}\n`);
}

/** @throws BackupError */
export async function* decodeItems(text: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  for await (const line of linesOf(text)) yield decodeItem(line);
}

function plain(item: Item): object {
  if ('file' in item) {
    return { file: item.file.path, content: item.file.content.toString('base64') };
  }
  if (!('row' in item)) return item;
  const row = Object.entries(item.row).map(([column, value]) => [
    column,
    Buffer.isBuffer(value) ? { octets: value.toString('base64') } : value,
  ]);
  return { table: item.table, row: Object.fromEntries(row) };
}

function decodeItem(line: string): Item {
  const item = parsed(line);
  if (typeof item.file === 'string' && typeof item.content === 'string' && PATH.test(item.file)) {
    return { file: { path: item.file, content: Buffer.from(item.content, 'base64') } };
  }
  if (typeof item.table === 'string' && isObject(item.row)) {
    const row = Object.entries(item.row).map(([column, value]) => [
      column,
      isObject(value) ? Buffer.from(String(value.octets), 'base64') : value,
    ]);
    return { table: item.table, row: Object.fromEntries(row) };
  }
  // What was decrypted was written by a Strongroom: its members have the types that it gave them.
  if (isObject(item.header) && item.header.strongroomBackup === 1) return item as unknown as Item;
  if (isObject(item.end)) return item as unknown as Item;
  throw new BackupError('it is of a kind that this version does not know');
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // Told with the others below.
  }
  throw new BackupError('it is not a backup of Strongroom');
}

async function* linesOf(text: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of text) {
    let rest = Buffer.from(piece);
    for (let at = rest.indexOf('\n'); at !== -1; at = rest.indexOf('\n')) {
      yield Buffer.concat([...waiting, rest.subarray(0, at)]).toString('utf8');
      waiting = [];
      length = 0;
      rest = rest.subarray(at + 1);
    }
    waiting.push(rest);
    length += rest.length;
    if (length > MAX_LINE_BYTES) throw new BackupError('it has a line that is too long');
  }
  if (length > 0) throw new BackupError('its last line is not whole');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
