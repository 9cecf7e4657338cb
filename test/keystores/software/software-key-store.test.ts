import { describe, expect, it, vi } from 'vitest';
import { materialLocation, SealError } from '../../../src/kernel/sealing.js';
import type { KeyMaterial } from '../../../src/keystores/contract/material.js';
import { SoftwareKeyStore } from '../../../src/keystores/software/software-key-store.js';
import {
  keyMaterialId,
  SoftwareMaterials,
} from '../../../src/keystores/software/software-materials.js';

import { cryptoPool } from '../../support/crypto-pool.js';
import { MemorySealer } from '../../support/memory-sealer.js';
import { sampleAddress, sampleMaterial } from '../../support/sample-key.js';
import { SlowPairs, settled } from '../../support/slow-pairs.js';

const DEADLINE = Number.POSITIVE_INFINITY;
const aad = Buffer.from('aad');

describe('opened materials', () => {
  it('are opened once while they are among the last used', async () => {
    const sealer = new MemorySealer();
    const store = new SoftwareKeyStore({ sealer, pool: cryptoPool, maxOpenMaterials: 2 });
    const use = async (materialId: string) => {
      const sealed = await sealer.seal(
        Buffer.alloc(32),
        materialLocation(sampleAddress(materialId)),
      );
      await store.encrypt(sampleMaterial({ materialId, sealed }), Buffer.from('x'), aad, DEADLINE);
      return sealer.opened;
    };
    expect([await use('a'), await use('a'), await use('b'), await use('a')]).toStrictEqual([
      1, 1, 2, 2,
    ]);
    // The third takes the place of the one that was not used for longest.
    expect([await use('c'), await use('a'), await use('b')]).toStrictEqual([3, 3, 4]);
  });

  it.each([
    ['another material', { materialId: 'b' }],
    ['the same material of another key', { keyId: 'another' }],
    ['the same material in another Region', { region: 'eu-west-1' }],
  ])('are not had from a row moved to %s, open or not', async (_, moved) => {
    const sealer = new MemorySealer();
    const store = new SoftwareKeyStore({ sealer, pool: cryptoPool, maxOpenMaterials: 2 });
    const sealed = await sealer.seal(Buffer.alloc(32), materialLocation(sampleAddress('a')));
    const material = sampleMaterial({ materialId: 'a', sealed });
    const encrypt = (one: KeyMaterial) => store.encrypt(one, Buffer.from('x'), aad, DEADLINE);
    await expect(encrypt({ ...material, ...moved })).rejects.toThrow(SealError);
    await encrypt(material);
    await expect(encrypt({ ...material, ...moved })).rejects.toThrow(SealError);
  });

  it.each([
    { name: 'a sealed secret', material: sampleMaterial(), holds: true },
    { name: 'none', material: sampleMaterial({ sealed: undefined, ckaId: 'ab' }), holds: false },
  ])('can be used when there is $name: $holds', ({ material, holds }) => {
    const store = new SoftwareKeyStore({
      sealer: new MemorySealer(),
      pool: cryptoPool,
      maxOpenMaterials: 1,
    });
    expect(store.holds(material)).toBe(holds);
  });
});

describe('new material', () => {
  it('is what the generator gave, sealed for its row, and wiped', async () => {
    const sealer = new MemorySealer();
    const given = Buffer.alloc(32, 9);
    const materials = new SoftwareMaterials({
      sealer,
      random: async (length) => given.subarray(0, length),
      keyPairs: new SlowPairs().pairs,
      now: () => 1000,
    });
    const owner = { accountId: '1', region: 'r', keyId: 'k' };
    const { sealed, ...rest } = await materials.make(
      owner,
      { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
      DEADLINE,
    );
    expect(rest).toStrictEqual({
      region: 'r',
      keyId: 'k',
      materialId: expect.any(String),
      ckaId: undefined,
      publicKey: undefined,
      createdAt: new Date(1000),
      ordinal: 0,
      status: 'permanent',
      rotation: undefined,
      expiration: undefined,
      description: undefined,
      check: undefined,
    });
    expect(given).toStrictEqual(Buffer.alloc(32));
    const opened = await sealer.open(sealed ?? Buffer.alloc(0), materialLocation(rest));
    expect(opened).toStrictEqual(Buffer.alloc(32, 9));
    expect(rest.materialId).toBe(keyMaterialId('k', opened));
  });

  describe('of an RSA pair', () => {
    const owner = { accountId: '1', region: 'r', keyId: 'k' };
    const spec = { keySpec: 'RSA_4096', keyUsage: 'SIGN_VERIFY' } as const;

    it('is not begun while the root token does not answer', async () => {
      const slow = new SlowPairs();
      const materials = new SoftwareMaterials({
        sealer: new MemorySealer(),
        random: () => Promise.reject(new Error('the root token is away')),
        keyPairs: slow.pairs,
        now: () => 1000,
      });
      await expect(materials.make(owner, spec, DEADLINE)).rejects.toThrow('away');
      expect(slow.begun).toEqual([]);
    });

    it('that could not be sealed is the next one’s', async () => {
      const slow = new SlowPairs({ perSpec: 1 });
      const sealer = new MemorySealer();
      const seal = vi.spyOn(sealer, 'seal').mockRejectedValueOnce(new Error('the time is up'));
      const materials = new SoftwareMaterials({
        sealer,
        random: async (length) => Buffer.alloc(length),
        keyPairs: slow.pairs,
        now: () => 1000,
      });
      const [first, second] = [
        materials.make(owner, spec, DEADLINE),
        materials.make({ ...owner, keyId: 'j' }, spec, DEADLINE),
      ];
      await settled();
      await Promise.all([expect(first).rejects.toThrow('the time is up'), slow.finish()]);
      expect((await second).publicKey).toEqual(slow.made[0]?.publicKey);
      expect(seal).toHaveBeenCalledTimes(2);
    });
  });

  it.each([
    { name: 'another key', keyId: 'j', secret: Buffer.alloc(32) },
    { name: 'other octets', keyId: 'k', secret: Buffer.alloc(32, 1) },
  ])('has another id for $name', ({ keyId, secret }) => {
    const id = keyMaterialId('k', Buffer.alloc(32));
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(keyMaterialId(keyId, secret)).not.toBe(id);
  });
});
