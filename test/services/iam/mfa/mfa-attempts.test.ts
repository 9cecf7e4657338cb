import { expect, it } from 'vitest';
import type { MfaDevice } from '../../../../src/services/iam/directory/entities.js';
import { MfaAttempts } from '../../../../src/services/iam/mfa/mfa-attempts.js';
import { describeDatabases } from '../../../support/database-bench.js';

const DEVICE = 'arn:aws:iam::111122223333:mfa/phone';
const ANOTHER = 'arn:aws:iam::111122223333:mfa/another';
const MINUTE = 60_000;

const device = (uniqueId: string): MfaDevice => ({
  ...{ kind: 'mfa-device', accountId: '111122223333', uniqueId, name: uniqueId, path: '/' },
  ...{ createdAt: new Date(0), tags: {}, sealedSeed: '' },
});

describeDatabases((bench) => {
  const twoServers = async () => {
    const views = [await bench.server(), await bench.server()] as const;
    await views[0].iam.change(async (transaction) => {
      await transaction.put(device(DEVICE));
      await transaction.put(device(ANOTHER));
    });
    return [new MfaAttempts(views[0].database), new MfaAttempts(views[1].database)] as const;
  };
  const reserve = async (attempts: readonly MfaAttempts[], times: number, now: number) => {
    const all = Array.from({ length: times }, (_, index) =>
      (attempts[index % attempts.length] as MfaAttempts).reserve(DEVICE, now),
    );
    return (await Promise.all(all)).filter((answer) => answer === 'counted').length;
  };

  it('attempts on an MFA device are eight, however many are made at once on however many servers', async () => {
    const servers = await twoServers();
    expect(await reserve(servers, 40, 0)).toBe(8);
    expect(await servers[1].reserve(ANOTHER, 0)).toBe('counted');
    expect(await servers[1].reserve(DEVICE, 0)).toBe('locked');
    expect(await reserve(servers, 40, MINUTE - 1)).toBe(0);
  });

  it('then one a lock, and each lock is longer, up to an hour', async () => {
    const servers = await twoServers();
    await reserve(servers, 8, 0);
    let now = 0;
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(await reserve(servers, 10, now + minutes * MINUTE - 1)).toBe(0);
      now += minutes * MINUTE;
      expect(await reserve(servers, 10, now)).toBe(1);
    }
  });

  it('are none once a code was right', async () => {
    const [here, there] = await twoServers();
    await reserve([here], 8, 0);
    expect(await there.take(DEVICE, 100, 98)).toBe(true);
    expect(await reserve([here, there], 20, 0)).toBe(8);
  });

  it('each code is taken once, in any order', async () => {
    const [here, there] = await twoServers();
    const steps = [102, 98, 100, 99, 101];
    for (const step of steps) expect(await here.take(DEVICE, step, 98)).toBe(true);
    for (const step of steps) expect(await there.take(DEVICE, step, 98)).toBe(false);
    const both = await Promise.all([here, there].map((each) => each.take(DEVICE, 103, 101)));
    expect(both.toSorted()).toEqual([false, true]);
  });

  it('are forgotten with the device', async () => {
    const [here, there] = await twoServers();
    await reserve([here], 8, 0);
    const { iam, database } = await bench.server();
    await iam.change((transaction) => transaction.remove(device(DEVICE)));
    expect(await there.reserve(DEVICE, 0)).toBe('gone');
    expect(await there.take(DEVICE, 100, 98)).toBe(false);
    expect(await database('mfa_attempts')).toEqual([]);
    await iam.change((transaction) => transaction.put(device(DEVICE)));
    expect(await reserve([here], 20, 0)).toBe(8);
  });
});
