import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, makeKey, PLAINTEXT } from '../support/clients.js';
import { Strongroom } from '../support/strongroom.js';
import { auditedRequests, withoutTrail } from './audit-trail-file.js';

const run = promisify(execFile);

/** Has the kernel refuse the server every write beyond this size of a file: a full disk. */
async function limitFileSize(pid: number, bytes: number | 'unlimited'): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

describe('an audit trail that cannot be written', () => {
  let strongroom: Strongroom;
  let client: KMSClient;
  let keyId: string;
  let auditDir: string;

  beforeEach(async () => {
    strongroom = await Strongroom.start();
    client = await strongroom.client();
    keyId = await makeKey(client);
    auditDir = join(strongroom.dataDir, 'audit');
  });
  afterEach(() => strongroom.dispose());

  it('fails every call, and calls succeed again when it can be', async () => {
    const ciphertext = await encrypt(client, keyId);
    const restore = await withoutTrail(auditDir);
    expect(await endingOf(encrypt(client, keyId))).toBe('KMSInternalException');
    expect(await endingOf(makeKey(client))).toBe('KMSInternalException');
    await expect(decrypt(client, ciphertext)).rejects.toMatchObject({
      name: 'KMSInternalException',
      message: 'The request failed because of an internal error.',
    });

    await restore();
    const { $metadata } = await client.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
    expect(await auditedRequests(auditDir)).toContain(String($metadata.requestId));
  });

  it('because the disk is full fails the very next call and gives nothing away', async () => {
    const ciphertext = await encrypt(client, keyId);
    await limitFileSize(strongroom.pid, 0);
    await expect(decrypt(client, ciphertext)).rejects.toMatchObject({
      name: 'KMSInternalException',
      message: 'The request failed because of an internal error.',
    });
    await limitFileSize(strongroom.pid, 'unlimited');
    expect(Buffer.from(await decrypt(client, ciphertext))).toEqual(PLAINTEXT);
  });

  it('stops the start', async () => {
    await strongroom.stop();
    await withoutTrail(auditDir);
    const { code, stdout } = await strongroom.cli('serve');
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
  });
});
