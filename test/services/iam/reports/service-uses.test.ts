import { expect, it } from 'vitest';
import type { Principal } from '../../../../src/authz/model.js';
import { makeLog } from '../../../../src/observe/log.js';
import { ServiceUses } from '../../../../src/services/iam/reports/service-uses.js';
import { describeDatabases } from '../../../support/database-bench.js';
import { ACCOUNT, rootUser, user } from '../../../support/sample-principal.js';

const log = makeLog({ level: 'fatal', destination: { write: () => undefined } });
const alice: Principal = { ...user('alice'), uniqueId: 'AIDAALICE' };
const aliceEntity = {
  ...({
    kind: 'user',
    accountId: ACCOUNT,
    uniqueId: 'AIDAALICE',
    name: 'alice',
    path: '/',
  } as const),
  ...{ createdAt: new Date(0), tags: {}, inlinePolicies: {}, attachedPolicies: [], groups: [] },
};

describeDatabases((bench) => {
  it('keeps of each service the newest use, of users who are there', async () => {
    const { iam, database } = await bench.server();
    await iam.change((transaction) => transaction.put(aliceEntity));
    let now = 2000;
    const uses = () => new ServiceUses({ database, now: () => now, log });
    const [one, other] = [uses(), uses()];
    one.note(alice, 'us-east-1', 'kms');
    one.note({ ...alice, uniqueId: 'AIDAGONE' }, 'us-east-1', 'kms');
    one.note(rootUser(ACCOUNT), 'us-east-1', 'kms');
    now = 1000;
    other.note(alice, 'eu-west-1', 'kms');
    other.note(alice, 'eu-west-1', 'iam');
    now = 3000;
    const of = { accountId: ACCOUNT, uniqueId: 'AIDAALICE' };
    const newest = { ...of, service: 'kms', region: 'us-east-1', at: 2000 };
    // In memory at once, …
    expect(await one.of('AIDAALICE')).toEqual([newest]);
    await one.stop();
    // … stored, and of another server not replaced by what it has noted before.
    const both = [newest, { ...of, service: 'iam', region: 'eu-west-1', at: 1000 }];
    expect(await other.ofAccount(ACCOUNT)).toEqual(both);
    await other.stop();
    expect((await uses().ofAccount(ACCOUNT)).toSorted((a, b) => b.at - a.at)).toEqual(both);
    now += 401 * 86_400_000;
    expect(await uses().ofAccount(ACCOUNT)).toEqual([]);
    await iam.change((transaction) => transaction.remove(aliceEntity));
    expect(await database('service_uses').select()).toEqual([]);
  });
});
