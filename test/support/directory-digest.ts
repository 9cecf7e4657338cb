import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Path → mode and SHA-256 of everything below a directory: two that are equal hold the same. */
export async function directoryDigest(dir: string): Promise<Map<string, string>> {
  const digest = new Map<string, string>();
  for (const path of (await readdir(dir, { recursive: true })).sort()) {
    const found = await lstat(join(dir, path));
    const mode = found.mode.toString(8);
    const content = found.isFile() ? await readFile(join(dir, path)) : '';
    digest.set(path, `${mode} ${createHash('sha256').update(content).digest('hex')}`);
  }
  return digest;
}
