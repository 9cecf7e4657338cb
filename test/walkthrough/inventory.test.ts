/** What tools that take stock of an account ask for beyond its users, groups, roles and policies. */
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccountPasswordPolicyCommand,
  GetAccountPasswordPolicyCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  ListOrganizationsFeaturesCommand,
  ListSAMLProvidersCommand,
  ListServerCertificatesCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allow, type Clients, clientsOf } from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let root: Clients;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
});
afterAll(() => strongroom?.dispose());

describe('the password policy', () => {
  const get = () => root.iam.send(new GetAccountPasswordPolicyCommand({}));
  const none = {
    name: 'NoSuchEntityException',
    message: `The Password Policy with domain name ${ACCOUNT_ID} cannot be found.`,
  };

  it('is none at first', async () => {
    await expect(get()).rejects.toMatchObject(none);
    const remove = new DeleteAccountPasswordPolicyCommand({});
    await expect(root.iam.send(remove)).rejects.toMatchObject(none);
  });

  it('is kept as a whole: what an update leaves out gets its default', async () => {
    const whole = {
      ...{ MinimumPasswordLength: 14, RequireSymbols: true, RequireNumbers: true },
      ...{ RequireUppercaseCharacters: true, RequireLowercaseCharacters: true },
      ...{ AllowUsersToChangePassword: true, MaxPasswordAge: 90, PasswordReusePrevention: 24 },
      HardExpiry: true,
    };
    await root.iam.send(new UpdateAccountPasswordPolicyCommand(whole));
    expect((await get()).PasswordPolicy).toEqual({ ...whole, ExpirePasswords: true });
    await root.iam.send(new UpdateAccountPasswordPolicyCommand({ RequireNumbers: true }));
    expect((await get()).PasswordPolicy).toEqual({
      ...{ MinimumPasswordLength: 6, RequireSymbols: false, RequireNumbers: true },
      ...{ RequireUppercaseCharacters: false, RequireLowercaseCharacters: false },
      ...{ AllowUsersToChangePassword: false, ExpirePasswords: false },
    });
    await root.iam.send(new DeleteAccountPasswordPolicyCommand({}));
    await expect(get()).rejects.toMatchObject(none);
  });
});

it('has no SAML provider, server certificate or organization', async () => {
  const saml = await root.iam.send(new ListSAMLProvidersCommand({}));
  expect(saml.SAMLProviderList).toEqual([]);
  const certificates = await root.iam.send(new ListServerCertificatesCommand({}));
  expect(certificates.ServerCertificateMetadataList).toEqual([]);
  const SAMLProviderArn = `arn:aws:iam::${ACCOUNT_ID}:saml-provider/corp`;
  await expect(root.iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))).rejects.toThrow(
    `Manifest not found for arn ${SAMLProviderArn}`,
  );
  const certificate = new GetServerCertificateCommand({ ServerCertificateName: 'web' });
  await expect(root.iam.send(certificate)).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The Server Certificate with name web cannot be found.',
  });
  await expect(root.iam.send(new ListOrganizationsFeaturesCommand({}))).rejects.toMatchObject({
    name: 'OrganizationNotFoundException',
  });
});

describe('the context keys of policies', () => {
  const byTag = allow('kms:Decrypt', '*', {
    Condition: {
      StringEquals: { 'aws:ResourceTag/team': '$' + '{aws:PrincipalTag/team, "none"}' },
      BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' },
    },
  });

  it('are those of conditions and variables, each once', async () => {
    const command = new GetContextKeysForCustomPolicyCommand({
      PolicyInputList: [
        allow('kms:*', 'arn:aws:kms:*:*:key/$' + '{aws:username}$' + '{*}'),
        byTag,
        byTag.replace('aws:MultiFactorAuthPresent', 'AWS:multifactorauthpresent'),
      ],
    });
    expect((await root.iam.send(command)).ContextKeyNames).toEqual([
      'aws:username',
      'aws:ResourceTag/team',
      'aws:PrincipalTag/team',
      'aws:MultiFactorAuthPresent',
    ]);
    const broken = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: ['{"a":'] });
    await expect(root.iam.send(broken)).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
  });

  it('are those of a user with its groups, and of what is added', async () => {
    const UserName = 'kay';
    await root.iam.send(new CreateUserCommand({ UserName, Path: '/staff/' }));
    await root.iam.send(new CreateGroupCommand({ GroupName: 'team' }));
    await root.iam.send(new AddUserToGroupCommand({ UserName, GroupName: 'team' }));
    const given = (key: string) =>
      allow('kms:*', '*', { Condition: { StringLike: { [key]: '*' } } });
    await root.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName, PolicyName: 'own', PolicyDocument: given('kms:ViaService') },
      }),
    );
    await root.iam.send(
      new PutGroupPolicyCommand({
        ...{ GroupName: 'team', PolicyName: 'all', PolicyDocument: given('kms:KeySpec') },
      }),
    );
    const of = (PolicySourceArn: string) =>
      root.iam.send(
        new GetContextKeysForPrincipalPolicyCommand({
          ...{ PolicySourceArn, PolicyInputList: [given('kms:KeyUsage')] },
        }),
      );
    const { ContextKeyNames } = await of(`arn:aws:iam::${ACCOUNT_ID}:user/staff/kay`);
    expect(ContextKeyNames).toEqual(['kms:ViaService', 'kms:KeySpec', 'kms:KeyUsage']);
    await expect(of(`arn:aws:iam::${ACCOUNT_ID}:role/nobody`)).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });
});
