import { describe, expect, it } from 'vitest';
import { errorJson } from '../../../src/protocols/http/wire.js';
import { type ErrorCode, errorCatalogue, kmsError } from '../../../src/services/kms/errors.js';

/** The exceptions of the AWS KMS model, 2014-11-01. Those under 500 are its `fault` errors. */
const MODELLED: Readonly<Record<400 | 500, readonly string[]>> = {
  400: [
    'AlreadyExistsException',
    'CloudHsmClusterInUseException',
    'CloudHsmClusterInvalidConfigurationException',
    'CloudHsmClusterNotActiveException',
    'CloudHsmClusterNotFoundException',
    'CloudHsmClusterNotRelatedException',
    'ConflictException',
    'CustomKeyStoreHasCMKsException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNameInUseException',
    'CustomKeyStoreNotFoundException',
    'DisabledException',
    'DryRunOperationException',
    'ExpiredImportTokenException',
    'IncorrectKeyException',
    'IncorrectKeyMaterialException',
    'IncorrectTrustAnchorException',
    'InvalidAliasNameException',
    'InvalidArnException',
    'InvalidCiphertextException',
    'InvalidGrantIdException',
    'InvalidGrantTokenException',
    'InvalidImportTokenException',
    'InvalidKeyUsageException',
    'InvalidMarkerException',
    'KMSInvalidMacException',
    'KMSInvalidSignatureException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'TagException',
    'UnsupportedOperationException',
    'XksKeyAlreadyInUseException',
    'XksKeyInvalidConfigurationException',
    'XksKeyNotFoundException',
    'XksProxyIncorrectAuthenticationCredentialException',
    'XksProxyInvalidConfigurationException',
    'XksProxyInvalidResponseException',
    'XksProxyUriEndpointInUseException',
    'XksProxyUriInUseException',
    'XksProxyUriUnreachableException',
    'XksProxyVpcEndpointServiceInUseException',
    'XksProxyVpcEndpointServiceInvalidConfigurationException',
    'XksProxyVpcEndpointServiceNotFoundException',
  ],
  500: ['DependencyTimeoutException', 'KMSInternalException', 'KeyUnavailableException'],
};

/** The errors that every AWS JSON service has: status of the JSON face, status of the REST face. */
const COMMON: Readonly<Record<string, readonly [number, number]>> = {
  AccessDeniedException: [400, 403],
  ExpiredTokenException: [400, 403],
  IncompleteSignatureException: [400, 403],
  InternalFailure: [500, 500],
  InvalidSignatureException: [400, 403],
  MissingAuthenticationTokenException: [400, 403],
  NotAuthorizedException: [400, 403],
  RequestEntityTooLargeException: [413, 413],
  SerializationException: [400, 400],
  ServiceUnavailableException: [503, 503],
  ThrottlingException: [400, 429],
  UnknownOperationException: [400, 404],
  UnrecognizedClientException: [400, 403],
  ValidationException: [400, 400],
};

/** Modelled exceptions whose REST status isn't 400 or 500. */
const REST: Readonly<Record<number, readonly string[]>> = {
  404: ['NotFoundException', 'CustomKeyStoreNotFoundException', 'CloudHsmClusterNotFoundException'],
  409: ['DisabledException', 'KMSInvalidStateException', 'AlreadyExistsException'],
  412: ['DryRunOperationException'],
  503: ['DependencyTimeoutException', 'KeyUnavailableException'],
};

const catalogue = Object.entries(errorCatalogue);
const codes = Object.keys(errorCatalogue) as ErrorCode[];

describe('the catalogue', () => {
  it("has AWS's 48 modelled exceptions and no others", () => {
    const modelled = catalogue.filter(([, entry]) => entry.modeled).map(([code]) => code);
    expect(modelled).toHaveLength(48);
    expect(modelled.sort()).toStrictEqual([...MODELLED[400], ...MODELLED[500]].sort());
  });

  it.each([400, 500] as const)('answers them with %i on the AWS JSON face', (status) => {
    const withStatus = catalogue.filter(([, entry]) => entry.modeled && entry.http === status);
    expect(withStatus.map(([code]) => code).sort()).toStrictEqual([...MODELLED[status]].sort());
  });

  it('has the common errors with their statuses', () => {
    const common = catalogue.filter(([, entry]) => !entry.modeled);
    expect(
      Object.fromEntries(common.map(([code, { http, rest }]) => [code, [http, rest]])),
    ).toStrictEqual(COMMON);
  });

  it.each(Object.entries(REST))('answers with %s on the REST face', (status, expected) => {
    for (const code of expected) {
      expect(errorCatalogue[code as ErrorCode].rest).toBe(Number(status));
    }
  });
});

describe('ServiceError', () => {
  it.each(codes)('%s is named on the wire as AWS names it', (code) => {
    const namespace = code === 'SerializationException' ? 'com.amazon.coral.service#' : '';
    expect(JSON.parse(errorJson(kmsError(code), errorCatalogue)).__type).toBe(
      `${namespace}${code}`,
    );
  });

  it.each([
    { message: undefined, text: '', hasMessage: false },
    { message: '', text: '', hasMessage: true },
    { message: 'x', text: 'x', hasMessage: true },
  ])('tells no message from an empty one: $message', ({ message, text, hasMessage }) => {
    expect(kmsError('NotFoundException', message)).toMatchObject({ message: text, hasMessage });
  });
});
