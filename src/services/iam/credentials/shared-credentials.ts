import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { openOwn } from '../../../db/private-files.js';

/** A pair as a profile of AWS's shared credentials file has it. */
export interface SharedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const DEFAULT_PROFILE = 'default';

/** In bytes. A file larger than this is no credentials file. */
const MAX_FILE_SIZE = 65_536;

const ACCESS_KEY_ID = 'aws_access_key_id';
const SECRET_ACCESS_KEY = 'aws_secret_access_key';

/** Printable ASCII without spaces: what survives every reader of the format unchanged. */
const SAFE_VALUE = /^[!-~]+$/;

/**
 * Finds the credentials of a profile in the text of a shared credentials file (AWS SDKs and Tools
 * Reference Guide, "Shared config and credentials files"). Takes any line ending, a byte-order
 * mark, comments, indentation, other profiles and settings it does not know. Answers `undefined`
 * when the profile is not there or lacks one of the two values; the last of several counts.
 */
export function parseSharedCredentials(
  text: string,
  profile: string = DEFAULT_PROFILE,
): SharedCredentials | undefined {
  const settings = new Map<string, string>();
  let inProfile = false;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    // trim() takes a byte-order mark for white space.
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const end = line.indexOf(']');
      inProfile = end !== -1 && line.slice(1, end).trim() === profile;
      continue;
    }
    const equals = line.indexOf('=');
    if (!inProfile || equals === -1) continue;
    settings.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  const accessKeyId = settings.get(ACCESS_KEY_ID);
  const secretAccessKey = settings.get(SECRET_ACCESS_KEY);
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

/**
 * The text of a shared credentials file with one profile, `default`.
 *
 * @throws RangeError when a value holds anything but printable ASCII, or nothing
 */
export function formatSharedCredentials(credentials: SharedCredentials): string {
  const { accessKeyId, secretAccessKey } = credentials;
  if (!SAFE_VALUE.test(accessKeyId) || !SAFE_VALUE.test(secretAccessKey)) {
    throw new RangeError('Access keys in a credentials file must be printable ASCII, not empty.');
  }
  return (
    `[${DEFAULT_PROFILE}]\n` +
    `${ACCESS_KEY_ID} = ${accessKeyId}\n` +
    `${SECRET_ACCESS_KEY} = ${secretAccessKey}\n`
  );
}

/**
 * Reads profile `default` of a shared credentials file. Answers `undefined` when there is no such
 * file.
 *
 * @throws Error when the file is there but can't be read, is larger than 64 KiB, or has no
 *   complete profile `default`
 */
export async function readSharedCredentials(file: string): Promise<SharedCredentials | undefined> {
  const text = await readBounded(file);
  if (text === undefined) return undefined;
  const credentials = parseSharedCredentials(text);
  if (credentials === undefined) {
    throw new Error(
      `${file} has no profile '${DEFAULT_PROFILE}' with ${ACCESS_KEY_ID} and ${SECRET_ACCESS_KEY}.`,
    );
  }
  return credentials;
}

/**
 * Writes a shared credentials file that holds profile `default` and nothing else, readable by its
 * owner only. Whoever reads meanwhile, and whatever crashes, sees the old file or the new one
 * whole. On return the new one is on the disk.
 */
export async function writeSharedCredentials(
  file: string,
  credentials: SharedCredentials,
): Promise<void> {
  const text = formatSharedCredentials(credentials);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await withFile(await open(temporary, 'wx', 0o600), async (handle) => {
      await handle.writeFile(text);
      await handle.sync();
    });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The rename itself lasts only once the directory is on the disk.
  await withFile(await open(path.dirname(file), 'r'), (handle) => handle.sync());
}

async function readBounded(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await openOwn(file, constants.O_RDONLY);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return withFile(handle, async () => {
    const buffer = Buffer.alloc(MAX_FILE_SIZE + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_FILE_SIZE) throw new Error(`${file} is too large for a credentials file.`);
    return buffer.toString('utf8', 0, bytesRead);
  });
}

async function withFile<T>(
  handle: FileHandle,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}
