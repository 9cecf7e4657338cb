import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../../src/kernel/time.js';
import type { ProvesAlgorithms } from '../../../../src/keystores/contract/abilities.js';
import type { MaterialMaker } from '../../../../src/keystores/contract/materials.js';
import { makeLog } from '../../../../src/observe/log.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { OlderTokenKeys } from '../../../../src/services/kms/keys/older-token-keys.js';
import { describeDatabases, type ServerView } from '../../../support/database-bench.js';
import { sampleKey } from '../../../support/sample-key.js';
import { sampleStore } from '../../../support/sample-store.js';

const unused = () => Promise.reject(new Error('no material is made'));
const plain: MaterialMaker = { make: unused, abandon: unused };

/** A maker that has proven this of every kind of key. */
const proving = (
  provenAlgorithms: ProvesAlgorithms['provenAlgorithms'],
): MaterialMaker & ProvesAlgorithms => ({ ...plain, provenAlgorithms });
const onlySha1 = proving(async () => ['RSAES_OAEP_SHA_1']);

const idOf = (digit: number) => `${digit}1234567-12ab-34cd-56ef-1234567890ab`;

describeDatabases((bench) => {
  const setUp = async () => {
    const view = await bench.server();
    const store = sampleStore();
    await view.stores.insert(store);
    const warnings: string[] = [];
    const older = new OlderTokenKeys({
      ...view,
      log: makeLog({
        level: 'warn',
        destination: { write: (line) => warnings.push(JSON.parse(line).msg) },
      }),
      wallClock: wallClock(),
    });
    const settle = (maker: MaterialMaker) => older.settle(store.customKeyStoreId, maker);
    return { view, customKeyStoreId: store.customKeyStoreId, warnings, settle };
  };
  const listOf = async ({ keys }: ServerView, { region, keyId }: Key) =>
    (await keys.find(region, keyId))?.provenAlgorithms;

  describe('keys that do not say what they can do', () => {
    it('get what their store proves of their kind, and others keep what they have', async () => {
      const { view, customKeyStoreId, settle } = await setUp();
      const rsa = { customKeyStoreId, origin: 'AWS_CLOUDHSM', materials: new Map() } as const;
      const old = sampleKey({ ...rsa, keyId: idOf(1), keySpec: 'RSA_2048' });
      const aes = sampleKey({ ...rsa, keyId: idOf(2) });
      const newer = sampleKey({
        ...rsa,
        keyId: idOf(3),
        keySpec: 'RSA_2048',
        provenAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
      });
      const software = sampleKey({ keyId: idOf(4), keySpec: 'RSA_2048' });
      for (const key of [old, aes, newer, software]) await view.keys.insert(key, []);
      expect(await listOf(view, old)).toBeUndefined();
      const dropped: string[] = [];
      view.changes.on('key', 'keys', (ref) => void dropped.push(ref));
      await settle(
        proving(async ({ keySpec }) =>
          keySpec === 'RSA_2048' ? ['RSAES_OAEP_SHA_1'] : ['SYMMETRIC_DEFAULT'],
        ),
      );
      expect(await listOf(view, old)).toEqual(['RSAES_OAEP_SHA_1']);
      expect(await listOf(view, aes)).toEqual(['SYMMETRIC_DEFAULT']);
      expect(await listOf(view, newer)).toEqual(newer.provenAlgorithms);
      expect(await listOf(view, software)).toBeUndefined();
      // Nobody else's are read again.
      expect(dropped.toSorted()).toEqual(
        [old, aes].map(({ region, keyId }) => `${region}/${keyId}`),
      );
    });

    it.each<[string, MaterialMaker]>([
      ['fails', proving(unused)],
      ['proves nothing', proving(async () => [])],
      ['can prove nothing', plain],
    ])('are left as they are while their store %s', async (what, maker) => {
      const { view, customKeyStoreId, settle, warnings } = await setUp();
      const old = sampleKey({ customKeyStoreId, origin: 'AWS_CLOUDHSM', keySpec: 'RSA_2048' });
      await view.keys.insert({ ...old, materials: new Map() }, []);
      await settle(maker);
      expect(await listOf(view, old)).toBeUndefined();
      expect(warnings).toHaveLength(what === 'fails' ? 1 : 0);
      await settle(onlySha1);
      expect(await listOf(view, old)).toEqual(['RSAES_OAEP_SHA_1']);
    });

    it('keep their other changes', async () => {
      const { view, customKeyStoreId, settle } = await setUp();
      const old = sampleKey({ customKeyStoreId, origin: 'AWS_CLOUDHSM', keySpec: 'RSA_2048' });
      await view.keys.insert({ ...old, materials: new Map() }, []);
      await view.keys.change(old, () => ({ description: 'changed' }));
      await settle(onlySha1);
      await view.keys.change(old, () => ({ enabled: false }));
      expect(await view.keys.find(old.region, old.keyId)).toMatchObject({
        description: 'changed',
        enabled: false,
        provenAlgorithms: ['RSAES_OAEP_SHA_1'],
      });
    });
  });
});
