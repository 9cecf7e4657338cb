/** What a simulation answers. Source: recorded-iam.md §3, IAM API Reference (EvaluationResult). */
import {
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { clientsOf } from '../../../support/principals.js';
import { sharedServer } from '../../../support/shared-server.js';

const { strongroom } = sharedServer();

const POLICY =
  '{"Version":"2012-10-17","Statement":[' +
  '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"},' +
  '{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/secret"}]}';
const allows = {
  ...{ SourcePolicyId: 'PolicyInputList.1', SourcePolicyType: 'IAM Policy' },
  ...{ StartPosition: { Line: 1, Column: 38 }, EndPosition: { Line: 1, Column: 110 } },
};
const denies = {
  ...{ SourcePolicyId: 'PolicyInputList.1', SourcePolicyType: 'IAM Policy' },
  ...{ StartPosition: { Line: 1, Column: 110 }, EndPosition: { Line: 1, Column: 187 } },
};

async function simulated(input: Partial<SimulateCustomPolicyCommandInput>) {
  const { iam } = clientsOf(strongroom, await strongroom.credentials());
  const { EvaluationResults } = await iam.send(
    new SimulateCustomPolicyCommand({
      ...{ PolicyInputList: [POLICY], ActionNames: ['s3:GetObject'] },
      ...input,
    }),
  );
  return EvaluationResults;
}

const specific = (
  EvalResourceName: string,
  EvalResourceDecision: string,
  matched: object[] = [],
) => ({
  ...{ EvalResourceName, EvalResourceDecision },
  ...(matched.length > 0 && { MatchedStatements: matched }),
});
const [PLAIN, SECRET, OTHER] = ['arn:aws:s3:::a/x', 'arn:aws:s3:::a/secret', 'arn:aws:s3:::b/x'];

describe('a simulation', () => {
  it('without resources tells of * alone', async () => {
    expect(await simulated({})).toEqual([
      {
        ...{ EvalActionName: 's3:GetObject', EvalResourceName: '*' },
        ...{ EvalDecision: 'implicitDeny', MatchedStatements: [], MissingContextValues: [] },
      },
    ]);
  });

  it('on one resource tells of it twice', async () => {
    expect(await simulated({ ResourceArns: [PLAIN] })).toEqual([
      {
        ...{ EvalActionName: 's3:GetObject', EvalResourceName: PLAIN, EvalDecision: 'allowed' },
        ...{ MatchedStatements: [allows], MissingContextValues: [], EvalDecisionDetails: {} },
        ResourceSpecificResults: [specific(PLAIN, 'allowed', [allows])],
      },
    ]);
  });

  it.each([
    [[PLAIN, OTHER], 'implicitDeny', [allows]],
    // Of an explicit deny the Deny statements alone.
    [[PLAIN, SECRET, OTHER], 'explicitDeny', [denies]],
  ])('on %j is one result, as restrictive as the most', async (ResourceArns, decision, matched) => {
    const single = {
      [PLAIN]: specific(PLAIN, 'allowed', [allows]),
      [SECRET]: specific(SECRET, 'explicitDeny', [denies]),
      [OTHER]: specific(OTHER, 'implicitDeny'),
    };
    expect(await simulated({ ResourceArns })).toEqual([
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own spelling
        EvalResourceName: 'arn:aws:s3:::${BucketName}/${KeyName}',
        ...{ EvalActionName: 's3:GetObject', EvalDecision: decision },
        ...{ MatchedStatements: matched, MissingContextValues: [], EvalDecisionDetails: {} },
        ResourceSpecificResults: ResourceArns.map((arn) => single[arn]),
      },
    ]);
  });

  it('is one result for each action', async () => {
    const ActionNames = ['s3:GetObject', 'kms:Encrypt'];
    const results = await simulated({ ActionNames, ResourceArns: [PLAIN, OTHER] });
    expect(results?.map((each) => each.EvalActionName)).toEqual(ActionNames);
  });

  it('names the statements of a resource policy and of a boundary as such', async () => {
    const statement = '{"Effect":"Allow","Action":"*","Resource":"*"}';
    const [result] =
      (await simulated({
        ResourceArns: [PLAIN],
        CallerArn: 'arn:aws:iam::111122223333:user/caller',
        ResourcePolicy: `{"Statement":${statement.replace('}', ',"Principal":"*"}')}}`,
        PermissionsBoundaryPolicyInputList: [`{"Version":"2012-10-17","Statement":${statement}}`],
      })) ?? [];
    expect(result?.PermissionsBoundaryDecisionDetail).toEqual({
      AllowedByPermissionsBoundary: true,
    });
    expect(result?.MatchedStatements?.map((each) => each.SourcePolicyId)).toEqual(
      expect.arrayContaining(['PolicyInputList.1', 'PermissionsBoundaryPolicyInputList.1']),
    );
    for (const { StartPosition, EndPosition } of result?.MatchedStatements ?? []) {
      expect([StartPosition?.Line, EndPosition?.Line]).toEqual([1, 1]);
    }
  });

  it('is refused where it would name too many statements', async () => {
    const statements = Array.from(
      { length: 600 },
      () => '{"Effect":"Allow","Action":"s3:*","Resource":"*"}',
    );
    const ResourceArns = Array.from({ length: 100 }, (_, at) => `arn:aws:s3:::b/${at}`);
    await expect(
      simulated({
        ResourceArns,
        PolicyInputList: [`{"Version":"2012-10-17","Statement":[${statements}]}`],
      }),
    ).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});
