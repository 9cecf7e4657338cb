/**
 * The catalogue of every error that may leave this process: AWS KMS's 48 modelled exceptions and the
 * common errors of the AWS JSON 1.1 protocol (AWS KMS API Reference, "Common Errors").
 *
 * `http` is the status on the AWS JSON face, `rest` the status on the REST face.
 */
export interface ErrorEntry {
  readonly http: 400 | 413 | 500 | 503;
  readonly rest: number;
  readonly modeled: boolean;
  /** The `__type` on the wire where it isn't the bare code. */
  readonly wireType?: string;
}

const client = (rest = 400): ErrorEntry => ({ http: 400, rest, modeled: true });
const fault = (rest: 500 | 503): ErrorEntry => ({ http: 500, rest, modeled: true });
const common = (http: ErrorEntry['http'], rest: number = http): ErrorEntry => ({
  http,
  rest,
  modeled: false,
});

export const errorCatalogue = {
  AlreadyExistsException: client(409),
  CloudHsmClusterInUseException: client(409),
  CloudHsmClusterInvalidConfigurationException: client(),
  CloudHsmClusterNotActiveException: client(),
  CloudHsmClusterNotFoundException: client(404),
  CloudHsmClusterNotRelatedException: client(),
  ConflictException: client(409),
  CustomKeyStoreHasCMKsException: client(409),
  CustomKeyStoreInvalidStateException: client(409),
  CustomKeyStoreNameInUseException: client(409),
  CustomKeyStoreNotFoundException: client(404),
  DependencyTimeoutException: fault(503),
  DisabledException: client(409),
  DryRunOperationException: client(412),
  ExpiredImportTokenException: client(),
  IncorrectKeyException: client(),
  IncorrectKeyMaterialException: client(),
  IncorrectTrustAnchorException: client(),
  InvalidAliasNameException: client(),
  InvalidArnException: client(),
  InvalidCiphertextException: client(),
  InvalidGrantIdException: client(),
  InvalidGrantTokenException: client(),
  InvalidImportTokenException: client(),
  InvalidKeyUsageException: client(),
  InvalidMarkerException: client(),
  KMSInternalException: fault(500),
  KMSInvalidMacException: client(),
  KMSInvalidSignatureException: client(),
  KMSInvalidStateException: client(409),
  KeyUnavailableException: fault(503),
  LimitExceededException: client(),
  MalformedPolicyDocumentException: client(),
  NotFoundException: client(404),
  TagException: client(),
  UnsupportedOperationException: client(),
  XksKeyAlreadyInUseException: client(409),
  XksKeyInvalidConfigurationException: client(),
  XksKeyNotFoundException: client(404),
  XksProxyIncorrectAuthenticationCredentialException: client(),
  XksProxyInvalidConfigurationException: client(),
  XksProxyInvalidResponseException: client(),
  XksProxyUriEndpointInUseException: client(409),
  XksProxyUriInUseException: client(409),
  XksProxyUriUnreachableException: client(),
  XksProxyVpcEndpointServiceInUseException: client(409),
  XksProxyVpcEndpointServiceInvalidConfigurationException: client(),
  XksProxyVpcEndpointServiceNotFoundException: client(404),

  AccessDeniedException: common(400, 403),
  ExpiredTokenException: common(400, 403),
  IncompleteSignatureException: common(400, 403),
  InternalFailure: common(500),
  InvalidSignatureException: common(400, 403),
  MissingAuthenticationTokenException: common(400, 403),
  NotAuthorizedException: common(400, 403),
  RequestEntityTooLargeException: common(413),
  SerializationException: {
    ...common(400),
    wireType: 'com.amazon.coral.service#SerializationException',
  },
  ServiceUnavailableException: common(503),
  ThrottlingException: common(400, 429),
  UnknownOperationException: common(400, 404),
  UnrecognizedClientException: common(400, 403),
  ValidationException: common(400),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/**
 * The one error class whose code and message may be shown to a caller. Anything else that is thrown
 * answers as KMSInternalException and its text stays in the log.
 */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  readonly code: ErrorCode;
  /** AWS answers some exceptions with `__type` alone; then this is false and `message` is empty. */
  readonly hasMessage: boolean;

  constructor(code: ErrorCode, message?: string, options?: ErrorOptions) {
    super(message ?? '', options);
    this.code = code;
    this.hasMessage = message !== undefined;
  }

  get entry(): ErrorEntry {
    return errorCatalogue[this.code];
  }

  /** The value of `__type`. */
  get wireType(): string {
    return this.entry.wireType ?? this.code;
  }
}
