/** What was done with a key, looked up as an administrator of AWS does it. */
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { lookupEvents } from '../../src/services/cloudtrail/lookup-events.operations.js';
import { cloudTrail } from '../../src/services/cloudtrail/service.js';
import { callAny } from '../support/any-operation.js';
import { allow, clientsOf, newUser } from '../support/principals.js';
import { OTHER_REGION, sharedServer } from '../support/shared-server.js';
import { awsCli } from './aws-cli.js';

it('an administrator finds what was done with a key, and nobody else does', async () => {
  const { strongroom } = sharedServer();
  const root = clientsOf(strongroom, await strongroom.credentials());
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}));
  const arn = KeyMetadata?.Arn ?? '';
  const cli = awsCli(strongroom, 'cloudtrail');
  const about = ['--lookup-attributes', `AttributeKey=ResourceName,AttributeValue=${arn}`];
  const found = await cli('lookup-events', ...about);
  const record = expect.stringContaining(`"ARN":"${arn}"`);
  expect(found.Events).toEqual([
    expect.objectContaining({
      ...{ EventName: 'CreateKey', ReadOnly: 'false', Username: 'root' },
      ...{ EventSource: 'kms.amazonaws.com', CloudTrailEvent: record },
      Resources: [{ ResourceType: 'AWS::KMS::Key', ResourceName: arn }],
      EventTime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
    }),
  ]);
  expect(await cli('lookup-events', ...about, '--region', OTHER_REGION)).toEqual({
    Events: [],
  });
  const clerk = await newUser(strongroom, root, 'lookup-clerk');
  const call = {
    service: cloudTrail,
    operation: lookupEvents,
    input: { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateKey' }] },
  };
  const byClerk = () => callAny(strongroom, call, clerk.credentials);
  expect(await byClerk()).toMatchObject({
    status: 400,
    text: expect.stringContaining('AccessDenied'),
  });
  await root.iam.send(
    new PutUserPolicyCommand({
      ...{ UserName: 'lookup-clerk', PolicyName: 'history' },
      PolicyDocument: allow('cloudtrail:LookupEvents'),
    }),
  );
  expect(await byClerk()).toMatchObject({ status: 200, text: expect.stringContaining(arn) });
});
