import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConnectCustomKeyStoreCommand,
  type ConnectionStateType,
  CreateCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { PATIENCE_MS } from './patience.js';
import type { Strongroom } from './strongroom.js';

const CLUSTER_ID = 'cluster-softhsmtoken';
const POLL_MS = 50;

/** CreateCustomKeyStore for the quick start's second token, or one that is configured like it. */
export async function newKeyStore({ dataDir }: Strongroom, clusterId = CLUSTER_ID) {
  const file = (suffix: string) => readFile(join(dataDir, `${CLUSTER_ID}.${suffix}`), 'utf8');
  return {
    CustomKeyStoreName: `store-of-${clusterId}`,
    CloudHsmClusterId: clusterId,
    TrustAnchorCertificate: await file('crt'),
    KeyStorePassword: await file('pin'),
  };
}

/** The quick start's second token as a custom key store, CONNECTED. @returns its id. */
export async function connectedKeyStore(
  strongroom: Strongroom,
  client: KMSClient,
  clusterId = CLUSTER_ID,
): Promise<string> {
  const { CustomKeyStoreId } = await client.send(
    new CreateCustomKeyStoreCommand(await newKeyStore(strongroom, clusterId)),
  );
  if (!CustomKeyStoreId) throw new Error('no store was made');
  await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await connectionState(client, CustomKeyStoreId, 'CONNECTED');
  return CustomKeyStoreId;
}

/** Waits until DescribeCustomKeyStores shows the state, as AWS tells its users to. */
export async function connectionState(
  client: KMSClient,
  CustomKeyStoreId: string,
  wanted: ConnectionStateType,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { CustomKeyStores } = await client.send(
      new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }),
    );
    const store = CustomKeyStores?.[0];
    if (store?.ConnectionState === wanted) return;
    if (Date.now() > deadline) {
      throw new Error(
        `the store is ${store?.ConnectionState} (${store?.ConnectionErrorCode}), not ${wanted}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
