/** ML-DSA in the one token that has it, beside what the matrix tries: whom its signatures convince, and whose convince it. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateKeyCommand,
  GetPublicKeyCommand,
  type KMSClient,
  type MessageType,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../support/clients.js';
import { SignedHttp } from '../support/faces/signed-http.js';
import { acceptsMlDsa, externalMu, mlDsaSizes, rawMlDsaKey } from '../support/oracles/ml-dsa.js';
import { base64, openssl35 } from '../support/oracles/node-24.js';
import { kryoptic } from '../support/tokens/kinds/kryoptic.js';
import type { MadeToken } from '../support/tokens/token-kind.js';
import { madeToken, serverWithStore, type TokenServer } from '../support/tokens/token-server.js';

/** With CKP_ML_DSA_… of PKCS#11 v3.2. */
const SPECS = [
  ['ML_DSA_44', 1],
  ['ML_DSA_65', 2],
  ['ML_DSA_87', 3],
] as const;
const MESSAGE = Buffer.from('a message for a token');
const OTHER = Buffer.from('another message');
const SigningAlgorithm = 'ML_DSA_SHAKE_256';

let token: MadeToken;
let server: TokenServer;
let client: KMSClient;
beforeAll(async () => {
  token = await madeToken(kryoptic.make);
  server = await serverWithStore(token);
  client = await server.client();
});
afterAll(async () => {
  await server?.dispose();
  await token?.dispose();
});

/** Has another program use the token. */
async function inToken(task: object): Promise<unknown> {
  const { module, label, env } = token.settings;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [resolve('test/support/tokens/ml-dsa-object.mjs'), module, label, JSON.stringify(task)],
    { env: { PATH: process.env.PATH, ...env, PIN: token.pin } },
  );
  return JSON.parse(stdout);
}

type Spec = (typeof SPECS)[number][0];
const inStore = (KeySpec: Spec, { CustomKeyStoreId } = server) =>
  makeKey(client, {
    ...{ KeySpec, KeyUsage: 'SIGN_VERIFY' },
    ...{ CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' },
  });
const inSoftware = (KeySpec: Spec) => makeKey(client, { KeySpec, KeyUsage: 'SIGN_VERIFY' });

async function publicKeyOf(KeyId: string): Promise<Buffer> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
  return Buffer.from(PublicKey ?? []);
}

async function sign(
  KeyId: string,
  Message: Buffer,
  MessageType: MessageType = 'RAW',
): Promise<Buffer> {
  const { Signature } = await client.send(
    new SignCommand({ KeyId, Message, MessageType, SigningAlgorithm }),
  );
  return Buffer.from(Signature ?? []);
}

const verifies = (
  KeyId: string,
  Message: Buffer,
  Signature: Buffer,
  MessageType: MessageType = 'RAW',
) =>
  client
    .send(new VerifyCommand({ KeyId, Message, MessageType, Signature, SigningAlgorithm }))
    .then(({ SignatureValid }) => SignatureValid);

describe.each(SPECS)('%s', (keySpec, set) => {
  it('signs in the token what liboqs, OpenSSL 3.5 and the server verify', async () => {
    const KeyId = await inStore(keySpec);
    const spki = await publicKeyOf(KeyId);
    const raw = rawMlDsaKey(keySpec, spki);
    const signature = await sign(KeyId, MESSAGE);
    expect(signature).toHaveLength(mlDsaSizes[keySpec].signature);
    expect(await acceptsMlDsa(keySpec, spki, MESSAGE, signature)).toBe(true);
    expect(await acceptsMlDsa(keySpec, spki, OTHER, signature)).toBe(false);
    const told = { publicKey: base64(spki), signature: base64(signature) };
    const verified = await openssl35(
      [MESSAGE, OTHER].map((message) => ({ do: 'verify', ...told, message: base64(message) })),
    );
    expect(verified.map(({ valid }) => valid)).toEqual([true, false]);
    expect(await verifies(KeyId, MESSAGE, signature)).toBe(true);
    expect(await verifies(KeyId, externalMu(raw, MESSAGE), signature, 'EXTERNAL_MU')).toBe(true);
    await expect(verifies(KeyId, OTHER, signature)).rejects.toMatchObject({
      name: 'KMSInvalidSignatureException',
    });
    // Kryoptic can hedge, so it does.
    expect(await sign(KeyId, MESSAGE)).not.toEqual(signature);
  });

  it('refuses to sign μ, by name', async () => {
    const KeyId = await inStore(keySpec);
    const mu = externalMu(rawMlDsaKey(keySpec, await publicKeyOf(KeyId)), MESSAGE);
    await expect(sign(KeyId, mu, 'EXTERNAL_MU')).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: expect.stringContaining('MessageType EXTERNAL_MU'),
    });
  });

  it('has its software signatures verified by the token', async () => {
    const KeyId = await inSoftware(keySpec);
    const publicKey = rawMlDsaKey(keySpec, await publicKeyOf(KeyId));
    const asked = { do: 'verify', set, publicKey: base64(publicKey) };
    for (const signature of [
      await sign(KeyId, MESSAGE),
      await sign(KeyId, externalMu(publicKey, MESSAGE), 'EXTERNAL_MU'),
    ]) {
      const task = { ...asked, signature: base64(signature) };
      expect(await inToken({ ...task, message: base64(MESSAGE) })).toBe(true);
      expect(await inToken({ ...task, message: base64(OTHER) })).toBe(false);
    }
  });

  it('is adopted with its public object, and refused without', async () => {
    const adopt = async (ObjectLabel: string) => {
      const response = await (await SignedHttp.to(server.strongroom, 'us-east-1')).send({
        method: 'POST',
        path: `/v1/custom-key-stores/${server.CustomKeyStoreId}/adopt`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ObjectLabel }),
      });
      return response.json() as Promise<{
        KeyMetadata?: { KeyId: string; KeySpec: string };
        message?: string;
      }>;
    };
    await inToken({ do: 'make', set, id: `${set}-whole`, withPublicHalf: true });
    const { KeyMetadata } = await adopt(`pair-${set}-whole`);
    expect(KeyMetadata?.KeySpec).toBe(keySpec);
    const KeyId = KeyMetadata?.KeyId ?? '';
    const signature = await sign(KeyId, MESSAGE);
    expect(await acceptsMlDsa(keySpec, await publicKeyOf(KeyId), MESSAGE, signature)).toBe(true);
    await inToken({ do: 'make', set, id: `${set}-half`, withPublicHalf: false });
    expect(JSON.stringify(await adopt(`pair-${set}-half`))).toContain(
      'The public half of this key cannot be read',
    );
  });
});

it('is refused where keys are kept wrapped, which Kryoptic does to no ML-DSA key', async () => {
  const other = await madeToken(kryoptic.make);
  const settings = { ...other.settings, residency: 'wrapped' };
  const wrapping = await serverWithStore({ ...other, settings });
  try {
    const made = (await wrapping.client()).send(
      new CreateKeyCommand({
        ...{ CustomKeyStoreId: wrapping.CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' },
        ...{ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' },
      }),
    );
    await expect(made).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: expect.stringContaining('cannot wrap a key ML_DSA_65'),
    });
  } finally {
    await wrapping.dispose();
    await other.dispose();
  }
});
