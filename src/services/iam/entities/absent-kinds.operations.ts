/**
 * Kinds of entities that an account can't have here: their lists are empty and none is found, so that
 * whoever takes stock of an account comes to the end. Source: IAM API Reference.
 */
import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { globalArn } from '../../../kernel/arns.js';
import { Arn, Nothing, PathPrefix, pageInput } from '../directory/shapes.js';
import { NoneHere, Page } from '../directory/view-shapes.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { actsOnAccount, actsOnArn } from './access.js';

const text = Type.String();

const listSamlProviders = defineIamOperation({
  service: 'iam',
  name: 'ListSAMLProviders',
  summary: 'Lists SAML providers: there are none here.',
  input: Nothing,
  output: Type.Object({ SAMLProviderList: NoneHere }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run() {
    return { SAMLProviderList: [] };
  },
});

const getSamlProvider = defineIamOperation({
  service: 'iam',
  name: 'GetSAMLProvider',
  summary: 'Finds no SAML provider: there are none here.',
  input: Type.Object({ SAMLProviderArn: Arn }),
  output: Type.Object({ SAMLMetadataDocument: text, CreateDate: Timestamp }),
  access: actsOnArn('SAMLProviderArn'),
  readOnly: true,
  audit: { request: ['SAMLProviderArn'], response: null },
  async run({ input: { SAMLProviderArn: arn } }) {
    throw iamError('NoSuchEntity', `Manifest not found for arn ${arn}`);
  },
});

const listServerCertificates = defineIamOperation({
  service: 'iam',
  name: 'ListServerCertificates',
  summary: 'Lists server certificates: there are none here.',
  input: Type.Object({ PathPrefix, ...pageInput }),
  output: Page({ ServerCertificateMetadataList: NoneHere }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run() {
    return { ServerCertificateMetadataList: [], IsTruncated: false };
  },
});

const ServerCertificateName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[\\w+=,.@-]+$',
});

const getServerCertificate = defineIamOperation({
  service: 'iam',
  name: 'GetServerCertificate',
  summary: 'Finds no server certificate: there are none here.',
  input: Type.Object({ ServerCertificateName }),
  output: Type.Object({
    ServerCertificate: Type.Object({
      ServerCertificateMetadata: Type.Object({
        Path: text,
        ServerCertificateName: text,
        ServerCertificateId: text,
        Arn: text,
      }),
      CertificateBody: text,
    }),
  }),
  access: {
    by: 'identity',
    resource: ({ ServerCertificateName: name }, { scope }) =>
      globalArn(scope, 'iam', `server-certificate/${name}`),
  },
  readOnly: true,
  audit: { request: ['ServerCertificateName'], response: null },
  async run({ input: { ServerCertificateName: name } }) {
    throw iamError('NoSuchEntity', `The Server Certificate with name ${name} cannot be found.`);
  },
});

const listOrganizationsFeatures = defineIamOperation({
  service: 'iam',
  name: 'ListOrganizationsFeatures',
  summary: 'Says that the account is in no organization.',
  input: Nothing,
  output: Type.Object({ OrganizationId: text, EnabledFeatures: Type.Array(text) }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  errors: ['OrganizationNotFoundException'],
  async run() {
    throw iamError(
      'OrganizationNotFoundException',
      'The request was rejected because your account is not part of an organization.',
    );
  },
});

export const absentKindOperations: readonly IamOperation[] = [
  listSamlProviders,
  getSamlProvider,
  listServerCertificates,
  getServerCertificate,
  listOrganizationsFeatures,
];
