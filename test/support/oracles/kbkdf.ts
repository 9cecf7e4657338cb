import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * OpenSSL's own KDF of NIST SP 800-108 in counter mode with HMAC-SHA-256, to compare with. It sets
 * the counter, the separator and the length by itself.
 */
export async function kbkdf(key: Buffer, label: Buffer, context: Buffer): Promise<Buffer> {
  const { stdout } = await run('openssl', [
    'kdf',
    ...['-keylen', '32'],
    ...['-kdfopt', 'mac:HMAC'],
    ...['-kdfopt', 'digest:SHA256'],
    ...['-kdfopt', 'mode:counter'],
    ...['-kdfopt', `hexkey:${key.toString('hex')}`],
    ...['-kdfopt', `hexsalt:${label.toString('hex')}`],
    ...['-kdfopt', `hexinfo:${context.toString('hex')}`],
    'KBKDF',
  ]);
  return Buffer.from(stdout.trim().replaceAll(':', ''), 'hex');
}
