import { expect, it } from 'vitest';
import { NotFound } from '../../../../src/kernel/facts.js';
import { accessKeyOperations } from '../../../../src/services/iam/credentials/access-keys.operations.js';
import { ACCOUNT, user } from '../../../support/sample-principal.js';

const operation = accessKeyOperations.find(({ name }) => name === 'GetAccessKeyLastUsed');
const scope = { partition: 'aws', region: 'us-east-1', accountId: ACCOUNT };
const call = { input: { AccessKeyId: 'AKIAEXAMPLE123456789' }, scope, caller: user('alice') };

async function answers(describe: () => Promise<object>): Promise<unknown[]> {
  const ports = { accessKeys: { describe }, directory: { findById: async () => undefined } };
  const access = operation?.access as never as {
    resource: (...all: unknown[]) => Promise<unknown>;
  };
  const run = operation?.run as never as (...all: unknown[]) => Promise<unknown>;
  const error = await run(call, ports).catch((thrown: unknown) => thrown);
  return [await access.resource(call.input, call, ports), error];
}

it("another account's key is as if there were none", async () => {
  const absent = await answers(() => Promise.reject(new NotFound('access key')));
  const foreign = await answers(async () => ({ accountId: '999999999999', principal: 'AIDA' }));
  expect(foreign).toEqual(absent);
  expect(foreign[1]).toBeInstanceOf(NotFound);
});
