/** A token is its accounts' alone: to claim, to move a store to, to log in to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeTrustAnchor } from '../../../../native-setup/softhsm/trust-anchor.js';
import { awsCloudHsm } from '../../../../src/services/kms/stores/kinds/aws-cloudhsm.js';
import { sampleStore } from '../../../support/sample-store.js';
import { FakeConnection } from './fake-connection.js';

const ID = 'cluster-aaaaaaaaaaa';
const OWNER = '111122223333';
const OTHER = '444455556666';
const dir = mkdtempSync(join(tmpdir(), 'strongroom-token-accounts-'));
const file = join(dir, 'anchor.crt');
const pem = makeTrustAnchor(ID, new Date());
writeFileSync(file, pem);
afterAll(() => rmSync(dir, { recursive: true }));

const kindFor = (accounts: readonly string[] | undefined) =>
  awsCloudHsm(new Map([[ID, { id: ID, trustAnchor: file, accounts }]]), ({ id }) => {
    return new FakeConnection(id);
  });
const members = {
  CustomKeyStoreName: 'mine',
  CloudHsmClusterId: ID,
  TrustAnchorCertificate: pem,
  KeyStorePassword: 'a password',
};

it.each<[string, readonly string[] | undefined, boolean]>([
  ['is named', [OTHER, OWNER], true],
  ['is not named', [OTHER], false],
  ['is one, where nobody is named', undefined, false],
])('an account that %s', async (_, accounts, may) => {
  const kind = kindFor(accounts);
  const store = sampleStore({ accountId: OWNER, cloudHsmClusterId: ID, trustAnchor: pem });
  const update = { CustomKeyStoreId: store.customKeyStoreId, CloudHsmClusterId: ID };
  const calls = [() => kind.created(members, OWNER), () => kind.updated(store, update)];
  const absent = {
    code: 'CloudHsmClusterNotFoundException',
    message: `No token with the id ${ID} is configured.`,
  };
  for (const call of calls) {
    if (may) await expect(call()).resolves.toBeDefined();
    else await expect(call()).rejects.toMatchObject(absent);
  }
  // A store that was claimed before the configuration said whose the token is logs in no more.
  expect(kind.connectionTo(store) !== undefined).toBe(may);
});
