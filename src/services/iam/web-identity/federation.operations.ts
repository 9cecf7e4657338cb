/**
 * Whether an account issues web identity tokens. Source: IAM API Reference; recorded-iam-cloudtrail-tagging.md
 * §3, "Outbound identity".
 */
import { Type } from 'typebox';
import { actsOnAccount } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

const Nothing = Type.Object({});
const IssuerIdentifier = Type.String();

const disabled = (accountId: string) =>
  iamError('FeatureDisabled', `Outbound identity federation is disabled for account ${accountId}`);

const enable = defineIamOperation({
  service: 'iam',
  name: 'EnableOutboundWebIdentityFederation',
  summary: 'Lets the account’s users and roles get web identity tokens.',
  input: Nothing,
  output: Type.Object({ IssuerIdentifier }),
  access: actsOnAccount(undefined),
  readOnly: false,
  errors: ['FeatureEnabled'],
  audit: { request: [], response: ['IssuerIdentifier'] },
  async run(
    { scope: { accountId } },
    { issuers, discovery, newIssuer }: Uses<'issuers' | 'discovery' | 'newIssuer'>,
  ) {
    const issuer = await issuers.enable(accountId, newIssuer());
    if (issuer) return { IssuerIdentifier: discovery.urlOf(issuer) };
    throw iamError(
      'FeatureEnabled',
      `Outbound identity federation is already enabled for account ${accountId}`,
    );
  },
});

const disable = defineIamOperation({
  service: 'iam',
  name: 'DisableOutboundWebIdentityFederation',
  summary:
    'Ends that the account’s users and roles get web identity tokens, and its issuer’s keys are published.',
  input: Nothing,
  output: 'nothing',
  access: actsOnAccount(undefined),
  readOnly: false,
  errors: ['FeatureDisabled'],
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { issuers }: Uses<'issuers'>) {
    if (!(await issuers.disable(accountId))) throw disabled(accountId);
    return {};
  },
});

const getInfo = defineIamOperation({
  service: 'iam',
  name: 'GetOutboundWebIdentityFederationInfo',
  summary: 'Tells by which name the account issues web identity tokens.',
  input: Nothing,
  output: Type.Object({ IssuerIdentifier, JwtVendingEnabled: Type.Boolean() }),
  access: actsOnAccount(undefined),
  readOnly: true,
  errors: ['FeatureDisabled'],
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { issuers, discovery }: Uses<'issuers' | 'discovery'>) {
    const issuer = await issuers.ofAccount(accountId);
    if (!issuer?.enabled) throw disabled(accountId);
    return { IssuerIdentifier: discovery.urlOf(issuer), JwtVendingEnabled: true };
  },
});

export const outboundFederationOperations: readonly IamOperation[] = [enable, disable, getInfo];
