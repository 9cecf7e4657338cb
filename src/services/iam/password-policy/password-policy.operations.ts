/** The account's password policy. Source: IAM API Reference. */
import { Type } from 'typebox';
import { Nothing } from '../directory/shapes.js';
import { actsOnAccount } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

const DEFAULT_LENGTH = 6;

const MinimumPasswordLength = Type.Integer({ minimum: 6, maximum: 128 });
const MaxPasswordAge = Type.Integer({ minimum: 1, maximum: 1095 });
const PasswordReusePrevention = Type.Integer({ minimum: 1, maximum: 24 });
const flag = Type.Optional(Type.Boolean());

const noPolicy = (accountId: string) =>
  iamError('NoSuchEntity', `The Password Policy with domain name ${accountId} cannot be found.`);

const updateInput = {
  MinimumPasswordLength: Type.Optional(MinimumPasswordLength),
  RequireSymbols: flag,
  RequireNumbers: flag,
  RequireUppercaseCharacters: flag,
  RequireLowercaseCharacters: flag,
  AllowUsersToChangePassword: flag,
  MaxPasswordAge: Type.Optional(MaxPasswordAge),
  PasswordReusePrevention: Type.Optional(PasswordReusePrevention),
  HardExpiry: flag,
};

const updateAccountPasswordPolicy = defineIamOperation({
  service: 'iam',
  name: 'UpdateAccountPasswordPolicy',
  summary: 'Keeps what the account demands of passwords; what is left out gets its default.',
  input: Type.Object(updateInput),
  output: 'nothing',
  access: actsOnAccount(undefined),
  readOnly: false,
  audit: { request: Object.keys(updateInput), response: null },
  async run({ input, scope: { accountId } }, { passwordPolicies }: Uses<'passwordPolicies'>) {
    const { MaxPasswordAge: maxAge, PasswordReusePrevention: reusePrevention } = input;
    await passwordPolicies.put(accountId, {
      minimumLength: input.MinimumPasswordLength ?? DEFAULT_LENGTH,
      symbols: input.RequireSymbols ?? false,
      numbers: input.RequireNumbers ?? false,
      upperCase: input.RequireUppercaseCharacters ?? false,
      lowerCase: input.RequireLowercaseCharacters ?? false,
      mayBeChanged: input.AllowUsersToChangePassword ?? false,
      ...(maxAge !== undefined && { maxAge }),
      ...(reusePrevention !== undefined && { reusePrevention }),
      ...(input.HardExpiry !== undefined && { hardExpiry: input.HardExpiry }),
    });
    return {};
  },
});

const getAccountPasswordPolicy = defineIamOperation({
  service: 'iam',
  name: 'GetAccountPasswordPolicy',
  summary: 'Says what the account demands of passwords.',
  input: Nothing,
  output: Type.Object({
    PasswordPolicy: Type.Object({
      MinimumPasswordLength,
      RequireSymbols: Type.Boolean(),
      RequireNumbers: Type.Boolean(),
      RequireUppercaseCharacters: Type.Boolean(),
      RequireLowercaseCharacters: Type.Boolean(),
      AllowUsersToChangePassword: Type.Boolean(),
      ExpirePasswords: Type.Boolean(),
      MaxPasswordAge: Type.Optional(MaxPasswordAge),
      PasswordReusePrevention: Type.Optional(PasswordReusePrevention),
      HardExpiry: flag,
    }),
  }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { passwordPolicies }: Uses<'passwordPolicies'>) {
    const policy = await passwordPolicies.find(accountId);
    if (!policy) throw noPolicy(accountId);
    const { maxAge, reusePrevention, hardExpiry } = policy;
    return {
      PasswordPolicy: {
        MinimumPasswordLength: policy.minimumLength,
        RequireSymbols: policy.symbols,
        RequireNumbers: policy.numbers,
        RequireUppercaseCharacters: policy.upperCase,
        RequireLowercaseCharacters: policy.lowerCase,
        AllowUsersToChangePassword: policy.mayBeChanged,
        ExpirePasswords: maxAge !== undefined,
        ...(maxAge !== undefined && { MaxPasswordAge: maxAge }),
        ...(reusePrevention !== undefined && { PasswordReusePrevention: reusePrevention }),
        ...(hardExpiry !== undefined && { HardExpiry: hardExpiry }),
      },
    };
  },
});

const deleteAccountPasswordPolicy = defineIamOperation({
  service: 'iam',
  name: 'DeleteAccountPasswordPolicy',
  summary: 'Demands nothing of passwords any more.',
  input: Nothing,
  output: 'nothing',
  access: actsOnAccount(undefined),
  readOnly: false,
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { passwordPolicies }: Uses<'passwordPolicies'>) {
    if (!(await passwordPolicies.remove(accountId))) throw noPolicy(accountId);
    return {};
  },
});

export const passwordPolicyOperations: readonly IamOperation[] = [
  updateAccountPasswordPolicy,
  getAccountPasswordPolicy,
  deleteAccountPasswordPolicy,
];
