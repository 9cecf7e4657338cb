import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { makeTrustAnchor } from '../../../native-setup/softhsm/trust-anchor.js';
import { connectionState } from '../custom-key-store.js';
import { Strongroom } from '../strongroom.js';
import type { MadeToken } from './token-kind.js';

const CLUSTER = 'cluster-aaaaaaaaaaa';

/** A token with a directory, made by `make` and gone after `dispose`. */
export async function madeToken<Token extends MadeToken>(
  make: (dir: string) => Promise<Token>,
): Promise<Token> {
  const dir = await mkdtemp(join(tmpdir(), 'strongroom-token-kind-'));
  await chmod(dir, 0o700);
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const token = await make(dir);
    return {
      ...token,
      dispose: async () => {
        await token.dispose();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A server whose custom key store is the token, CONNECTED; the root token is the quick start's. */
export interface TokenServer {
  readonly strongroom: Strongroom;
  readonly CustomKeyStoreId: string;
  readonly client: () => Promise<KMSClient>;
  readonly dispose: () => Promise<void>;
}

export async function serverWithStore(token: MadeToken): Promise<TokenServer> {
  const dir = await mkdtemp(join(tmpdir(), 'strongroom-anchor-'));
  const certificate = makeTrustAnchor(CLUSTER, new Date());
  const trustAnchor = join(dir, 'customerCA.crt');
  await writeFile(trustAnchor, certificate);
  const strongroom = await Strongroom.create({
    yaml: { tokens: [{ ...token.settings, id: CLUSTER, trustAnchor }] },
  });
  const dispose = async () => {
    await strongroom.dispose();
    await rm(dir, { recursive: true });
  };
  try {
    await strongroom.start();
    const client = await strongroom.client();
    const { CustomKeyStoreId = '' } = await client.send(
      new CreateCustomKeyStoreCommand({
        CustomKeyStoreName: 'the token',
        CloudHsmClusterId: CLUSTER,
        TrustAnchorCertificate: certificate,
        KeyStorePassword: token.pin,
      }),
    );
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'CONNECTED');
    return { strongroom, CustomKeyStoreId, client: () => strongroom.client(), dispose };
  } catch (error) {
    await dispose();
    throw new Error(`the store did not connect: ${strongroom.log}`, { cause: error });
  }
}

/** A server, not started, whose root token this is. `dispose` is the caller's. */
export async function serverWithRoot(token: MadeToken, pinFile: string): Promise<Strongroom> {
  await writeFile(pinFile, token.pin, { mode: 0o600 });
  return Strongroom.create({ yaml: { tokens: [{ ...token.settings, id: 'root', pinFile }] } });
}
