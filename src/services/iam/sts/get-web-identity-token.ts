/**
 * A token that says elsewhere who the caller is. Source: STS API Reference, GetWebIdentityToken;
 * model-2026-11.md §4; recorded-iam-cloudtrail-tagging.md §3, "Outbound identity".
 */
import { type Static, Type } from 'typebox';
import { OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import { selfSessionArn } from '../directory/arns.js';
import { requestTags, withTags } from '../directory/tags.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamCall } from '../operation.js';
import type { Uses } from '../ports.js';
import { tokenPayload } from '../web-identity/claims.js';
import { isTokenAlgorithm, MAX_TOKEN_SECONDS } from '../web-identity/issuer.js';
import { Tags } from './shapes.js';

const DEFAULT_SECONDS = 300;
const MAX_PAYLOAD_BYTES = 14_984;

const Input = Type.Object({
  Audience: Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), {
    maxItems: 10,
    emptyIsNull: true,
  }),
  DurationSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: MAX_TOKEN_SECONDS })),
  SigningAlgorithm: Type.String({ minLength: 5, maxLength: 5 }),
  SubjectMode: Type.Optional(OneOf(['AWSIdentity', 'OriginIdentity'])),
  Scope: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  Tags: Type.Optional(Tags),
});
type Input = Static<typeof Input>;

export const getWebIdentityToken = defineIamOperation({
  service: 'sts',
  name: 'GetWebIdentityToken',
  summary: 'Gives a signed token that says who the caller is, for services outside.',
  input: Input,
  output: Type.Object({
    WebIdentityToken: Type.String({ sensitive: true }),
    Expiration: Timestamp,
  }),
  access: {
    by: 'identity',
    resource: (_input, { scope }) => selfSessionArn(scope),
    also: [
      {
        action: 'sts:TagGetWebIdentityToken',
        when: ({ Tags: tags }) => tags !== undefined && tags.length > 0,
      },
    ],
    conditions: ({
      Audience,
      SigningAlgorithm,
      DurationSeconds = DEFAULT_SECONDS,
      Tags: tags,
    }) => ({
      members: {
        'sts:identitytokenaudience': Audience,
        'sts:signingalgorithm': SigningAlgorithm,
        'sts:durationseconds': String(DurationSeconds),
      },
      ...(tags && { tags: requestTags(tags) }),
    }),
  },
  readOnly: true,
  errors: [
    'JWTPayloadSizeExceededException',
    'OutboundWebIdentityFederationDisabledException',
    'SessionDurationEscalationException',
  ],
  audit: {
    request: ['Audience', 'DurationSeconds', 'SigningAlgorithm', 'SubjectMode', 'Scope', 'Tags'],
    response: ['Expiration'],
  },
  async run(
    call: IamCall<Input>,
    {
      issuers,
      discovery,
      tokenSigner,
      wallClock,
      newId,
    }: Uses<'issuers' | 'discovery' | 'tokenSigner' | 'wallClock' | 'newId'>,
  ) {
    const { input, caller, scope, deadline } = call;
    const { SigningAlgorithm: algorithm, DurationSeconds: seconds = DEFAULT_SECONDS } = input;
    if (!isTokenAlgorithm(algorithm)) {
      throw iamError(
        'ValidationError',
        'Requested SigningAlgorithm is not supported. See the GetWebIdentityToken documentation for supported algorithms',
      );
    }
    checkSubject(input);
    withTags('session', {}, input.Tags);
    const issuedAt = Math.floor(wallClock() / 1000);
    const expiresAt = issuedAt + seconds;
    if (caller.session && expiresAt * 1000 >= caller.session.expiresAt) {
      throw iamError(
        'SessionDurationEscalationException',
        "Requested token expiry time must be before the original session's expiry time.",
      );
    }
    const issuer = await issuers.ofAccount(caller.accountId);
    if (!issuer?.enabled) {
      throw iamError(
        'OutboundWebIdentityFederationDisabledException',
        'OutboundWebIdentityFederation is disabled.',
      );
    }
    const payload = tokenPayload({
      ...{ caller, issuedAt, expiresAt, region: scope.region, audiences: input.Audience },
      ...{ tags: input.Tags ?? [], issuerUrl: discovery.urlOf(issuer), tokenId: newId() },
    });
    checkSize(payload);
    return {
      WebIdentityToken: await tokenSigner.sign(issuer, algorithm, payload, deadline),
      Expiration: new Date(expiresAt * 1000),
    };
  },
});

/** There are no context providers, so no session has another origin than its user or role. */
function checkSubject({ SubjectMode: mode, Scope }: Input): void {
  if (mode === 'OriginIdentity') {
    throw iamError(
      'ValidationError',
      'The session has no identity context from which the subject could be taken.',
    );
  }
  if (Scope !== undefined) {
    throw iamError('ValidationError', 'Scope is for the SubjectMode OriginIdentity only.');
  }
}

/** @throws ServiceError JWTPayloadSizeExceededException */
function checkSize(payload: string): void {
  const bytes = Buffer.byteLength(payload);
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  throw iamError(
    'JWTPayloadSizeExceededException',
    `The token's payload has ${bytes} bytes, which is more than the ${MAX_PAYLOAD_BYTES} bytes that it may have.`,
  );
}
