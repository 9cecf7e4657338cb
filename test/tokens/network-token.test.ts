/** A token of another machine, by p11-kit: its server killed, frozen and restarted while it is used. */
import { createPublicKey, verify } from 'node:crypto';
import {
  CreateKeyCommand,
  GetPublicKeyCommand,
  type KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { makeRemoteToken, type RemoteToken } from '../support/tokens/kinds/p11-kit.js';
import { madeToken, serverWithStore, type TokenServer } from '../support/tokens/token-server.js';

const MESSAGE = Buffer.from('a message for a token');
const CALLERS = 4;
/** Longer than a token's calls may take, so that its host is taken for hung and killed. */
const FROZEN_MS = 15_000;
/** What a caller may be told while the token is away. */
const AWAY = new Set([
  'KMSInvalidStateException',
  'KMSInternalException',
  'DependencyTimeoutException',
]);

describe('a network token', () => {
  let token: RemoteToken;
  let server: TokenServer;
  let client: KMSClient;
  let KeyId: string;
  let publicKey: ReturnType<typeof createPublicKey>;

  beforeAll(async () => {
    token = await madeToken(makeRemoteToken);
    server = await serverWithStore(token);
    client = await server.client();
    const { CustomKeyStoreId } = server;
    const made = await client.send(
      new CreateKeyCommand({
        ...{ CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' },
        ...{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      }),
    );
    KeyId = made.KeyMetadata?.KeyId ?? '';
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
    publicKey = createPublicKey({
      key: Buffer.from(PublicKey ?? []),
      ...{ format: 'der', type: 'spki' },
    });
  });
  afterAll(async () => {
    await server?.dispose();
    await token?.dispose();
  });

  async function sign(): Promise<void> {
    const { Signature } = await client.send(
      new SignCommand({ KeyId, Message: MESSAGE, SigningAlgorithm: 'ECDSA_SHA_256' }),
    );
    expect(verify('sha256', MESSAGE, publicKey, Buffer.from(Signature ?? []))).toBe(true);
  }

  /** Callers that sign without a pause; `end` answers how each failed, by the error's name. */
  function load() {
    const failures: string[] = [];
    let signed = 0;
    let ends = false;
    const caller = async () => {
      while (!ends) {
        await sign().then(
          () => {
            signed += 1;
          },
          (error: Error) => failures.push(error.name),
        );
      }
    };
    const callers = Array.from({ length: CALLERS }, caller);
    return {
      get signed() {
        return signed;
      },
      end: async () => {
        ends = true;
        await Promise.all(callers);
        return failures;
      },
    };
  }

  const FAULTS: readonly [string, (token: RemoteToken) => Promise<void>][] = [
    [
      'killed and started again',
      async ({ server: remote }) => {
        await remote.kill();
        await remote.start();
      },
    ],
    [
      'frozen for longer than a call may take',
      async ({ server: remote }) => {
        remote.freeze();
        await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
        remote.thaw();
      },
    ],
    [
      'frozen, killed and started again',
      async ({ server: remote }) => {
        remote.freeze();
        await remote.kill();
        await remote.start();
      },
    ],
  ];

  it.each(FAULTS)('serves again after it was %s', async (_what, fault) => {
    const callers = load();
    await eventually('a first signature', async () => callers.signed > 0);
    await fault(token);
    const before = callers.signed;
    await eventually('signatures after the fault', async () => callers.signed > before + CALLERS);
    const failures = await callers.end();
    expect(failures.filter((name) => !AWAY.has(name))).toEqual([]);
    await sign();
  });

  it('is told to be away while it is away, and needs nobody when it is back', async () => {
    await token.server.kill();
    const failure = await sign().catch((error: Error) => error);
    expect(AWAY).toContain((failure as Error).name);
    await token.server.start();
    await eventually('a signature', () => sign().then(() => true));
  });
});
