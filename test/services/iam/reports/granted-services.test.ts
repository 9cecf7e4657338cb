import { expect, it } from 'vitest';
import { actionNames } from '../../../../src/app/known-actions.js';
import {
  grantedServices,
  grants,
  namespaces,
  SERVICES,
} from '../../../../src/services/iam/reports/granted-services.js';
import { allow, document } from '../../../support/principals.js';

it('has a name for every service that has actions', () => {
  expect(namespaces(actionNames)).toEqual(Object.keys(SERVICES).toSorted());
});

const deny = (Action: string, more: object = {}) => ({
  ...{ Effect: 'Deny', Action, Resource: '*' },
  ...more,
});
const condition = { Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
const some = { Resource: 'arn:aws:kms:*:*:key/one' };

it.each([
  ['one action', [allow('kms:Encrypt')], ['kms']],
  ['a pattern', [allow('*:List*')], ['iam', 'kms']],
  [
    'all but some',
    [document({ Effect: 'Allow', NotAction: ['kms:*', 'iam:*'], Resource: '*' })],
    ['cloudtrail', 'sts', 'tag'],
  ],
  ['no action that there is', [allow(['s3:*', 'kms:Fly'])], []],
  ['a whole denial', [allow(['kms:*', 'iam:*']), document(deny('kms:*'))], ['iam']],
  ['a denial of a part', [allow('kms:*'), document(deny('kms:Decrypt'))], ['kms']],
  ['a denial on condition', [allow('kms:*'), document(deny('kms:*', condition))], ['kms']],
  ['a denial on something', [allow('kms:*'), document(deny('kms:*', some))], ['kms']],
])('%s', (_, texts, services) => {
  expect(
    grantedServices(
      texts.map((text) => ({ text })),
      actionNames,
    ),
  ).toEqual(services);
  const single = namespaces(actionNames).filter((each) =>
    grants(texts[0] ?? '', each, actionNames),
  );
  expect(single).toEqual(expect.arrayContaining(services));
});
