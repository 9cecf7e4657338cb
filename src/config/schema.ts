/**
 * Every setting, once: its name, default, limits and the words for them. Defaults, environment
 * names, validation, types and documentation are read from here.
 *
 * Beside JSON Schema's own words a setting carries `description` (one line for the manual),
 * `allowed` (completes "must be …" in an error) and, where they apply, `secret` (never shown, may
 * be given by file), `sensitive` (not shown in an error, since a secret is easily written there by
 * mistake), `awsDefault` (the default with `quotas: aws`), `shorthand` (what is written in place of its
 * section is its value) and `pathAfter` (what follows this prefix is a path, made absolute). `<dataDir>`
 * in a default is the data directory.
 */
import { Type } from 'typebox';
import { flag, integer, oneOf, path, secret, TEN_MINUTES_MS, text } from './setting-kinds.js';
import { ShippingSchema } from './shipping-schema.js';
import { MAX_TOKENS, TokenSchema } from './token-schema.js';

const GIBIBYTE = 1_073_741_824;
const NETWORK = '^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*)/[0-9]{1,3}$';
const HOST_AND_PORT = '^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$';

const ADDRESS =
  '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\\]):([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$';
const AUDIENCES = ['public', 'internal', 'off'] as const;
const EVERY_AUDIENCE =
  'public, everybody at the endpoint; internal, whom internal.listen and internal.bearerToken let; off, nobody.';

/** The whole configuration, in the layout of the YAML file. */
export const ConfigSchema = Type.Object({
  host: text('^[A-Za-z0-9.:_%-]+$', 253, 'a host name or an IP address', {
    description: 'Address that the server listens on.',
    default: '127.0.0.1',
  }),
  port: integer(0, 65_535, {
    description: 'Port that the server listens on; 0 takes any free one.',
    default: 8080,
  }),
  dataDir: path({
    description: 'Directory of the database, the credentials, the PINs and the audit trail.',
    default: './data',
  }),
  accountId: text('^[0-9]{12}$', 12, '12 digits', {
    description: 'AWS account id that keys and callers belong to.',
    default: '111122223333',
  }),
  accounts: Type.Array(Type.String({ pattern: '^[0-9]{12}$', maxLength: 12 }), {
    minItems: 0,
    maxItems: 1000,
    uniqueItems: true,
    allowed: 'a list of account ids of 12 digits, none twice',
    description: 'Further accounts of this server; each gets a root user, as accountId has one.',
    default: [],
  }),
  services: Type.Record(
    Type.String(),
    Type.String({
      pattern: '^(all|[0-9]{12}(,[0-9]{12})*)$',
      maxLength: 13_000,
    }),
    {
      allowed: 'a map from service principals such as s3.amazonaws.com to account ids or all',
      description:
        'Service principals that get credentials: by name, for whose callers they may act, a comma list of account ids or all.',
      default: {},
    },
  ),
  partition: text('^[a-z]+(-[a-z]+)*$', 32, 'a partition name such as aws or aws-us-gov', {
    description: 'Second part of every ARN.',
    default: 'aws',
  }),
  regions: Type.Array(Type.String({ pattern: '^([a-z]+-){2,3}[0-9]+$', maxLength: 32 }), {
    minItems: 1,
    maxItems: 64,
    uniqueItems: true,
    allowed: 'one or more Region names such as us-east-1, none twice',
    description: 'Regions that this server serves; the first is the default.',
    default: ['us-east-1'],
  }),
  databaseUrl: secret(
    '^(sqlite:[^\\u0000-\\u0020][^\\u0000]*|postgres(ql)?://[^\\s]+)$',
    4096,
    'sqlite:<path> or postgres://…',
    {
      description: 'Where metadata lives: an SQLite file or a PostgreSQL database.',
      default: 'sqlite:<dataDir>/strongroom.sqlite',
      pathAfter: 'sqlite:',
    },
  ),
  tls: Type.Optional(
    Type.Object({
      cert: path({ description: 'PEM certificate chain of the server; makes the endpoint HTTPS.' }),
      key: path({ description: 'PEM private key of that certificate.' }),
      clientCa: Type.Optional(
        path({
          description:
            'PEM certificates of the authorities that issue clients theirs; clients are asked for one then. It is a gate, and makes nobody a caller.',
        }),
      ),
      clientCertificates: Type.Optional(
        oneOf(['required', 'optional'], {
          description:
            'With tls.clientCa: optional lets clients in that have no certificate; required when absent.',
        }),
      ),
    }),
  ),
  plainHttp: oneOf(['loopback', 'anywhere'], {
    description:
      'anywhere lets the server listen beyond this machine without tls, where others may read along.',
    default: 'loopback',
  }),
  trustedProxies: Type.Array(Type.String({ maxLength: 64 }), {
    maxItems: 64,
    allowed: 'a list of addresses and networks such as 10.0.0.5, 10.1.0.0/16 or fd00::/8',
    description:
      'Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed for aws:SourceIp, aws:SecureTransport and the audit trail.',
    default: [],
  }),
  proxyProtocol: flag({
    description:
      'Connections of trustedProxies begin with a header of the PROXY protocol, version 1 or 2.',
    default: false,
  }),
  publicUrl: Type.Optional(
    text(
      '^https?://[^\\s/@?#]+(/[^\\s?#]*[^\\s/?#])?$',
      256,
      'an http or https URL without credentials, query and last slash',
      {
        description:
          'URL by which clients know the server, in the issuers of web identity tokens; when absent that of the address it listens on.',
      },
    ),
  ),
  metrics: oneOf(AUDIENCES, {
    description: `Who gets /metrics: ${EVERY_AUDIENCE}`,
    default: 'public',
  }),
  docs: oneOf(AUDIENCES, {
    description: 'The same of /openapi.json and /docs.',
    default: 'public',
  }),
  internal: Type.Optional(
    Type.Object({
      listen: Type.Optional(
        text(ADDRESS, 260, 'an address and a port such as 127.0.0.1:9100 or [::1]:9100', {
          description:
            'Second address, with /healthz, /readyz and what is internal, which the first has no longer.',
        }),
      ),
      bearerToken: Type.Optional(
        secret('^[!-~]{16,1024}$', 1024, '16 to 1024 printable characters without blanks', {
          description:
            'What is internal asks for this: as a bearer token, or as a password under any user name.',
        }),
      ),
    }),
  ),
  operator: Type.Object({
    socket: flag({
      description:
        "Whether the machine's operator may call without a signature, by <dataDir>/run/operator.sock.",
      default: true,
    }),
    principal: Type.Optional(
      text(
        '^arn:[a-z-]+:iam::[0-9]{12}:(root|(user|role)/[!-~]{1,600})$',
        700,
        'the ARN of a user, a role or a root user',
        {
          description: "As whom such calls act; when absent the root user of accountId's account.",
        },
      ),
    ),
  }),
  rootAccessKeyId: Type.Optional(
    text('^[A-Za-z0-9_]{16,128}$', 128, '16 to 128 letters, digits or underscores', {
      description: "Access key id of the account's root user; made at random when absent.",
      sensitive: true,
    }),
  ),
  rootSecretAccessKey: Type.Optional(
    secret('^[!-~]{16,1024}$', 1024, '16 to 1024 printable characters without blanks', {
      description: 'Secret access key of the root user; goes with rootAccessKeyId.',
    }),
  ),
  log: Type.Object({
    level: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
      description: 'Least severe level that the log shows.',
      default: 'info',
    }),
  }),
  customKeyStores: Type.Object({
    limits: oneOf(['extended', 'aws'], {
      description: 'aws refuses in custom key stores what AWS refuses; extended allows more.',
      default: 'extended',
    }),
  }),
  import: oneOf(['aws', 'extended'], {
    description: 'extended takes imported key material of ML-DSA and ML-KEM, which AWS refuses.',
    default: 'aws',
  }),
  limits: Type.Object({
    maxBodyBytes: integer(1024, 67_108_864, {
      description: 'Largest request body, in bytes.',
      default: 1_048_576,
    }),
    maxInFlight: integer(1, 1_000_000, {
      description:
        'Signed requests in work at once; one more is refused. Of several accounts none has more than it leaves free.',
      default: 2000,
    }),
    maxConnections: integer(1, 1_000_000, {
      description: 'Connections at once; one more is closed.',
      default: 10_000,
    }),
    requestTimeoutMs: integer(1, TEN_MINUTES_MS, {
      description: 'Milliseconds within which a request must be answered.',
      default: 10_000,
    }),
    headersTimeoutMs: integer(1, TEN_MINUTES_MS, {
      description: "Milliseconds within which a request's headers must have arrived.",
      default: 10_000,
    }),
    maxCachedKeys: integer(1, 10_000_000, {
      description: 'Key records kept in memory.',
      default: 20_000,
    }),
    keyPairStock: integer(0, 100, {
      description:
        'RSA key pairs kept ready of each size that was asked for since the start, made in idle time; with 0 none are.',
      default: 2,
    }),
    maxOpenMaterials: integer(1, 10_000_000, {
      description: 'Opened software key materials kept in memory.',
      default: 20_000,
    }),
  }),
  clock: oneOf(['system', 'simulated'], {
    description:
      'simulated lets AdvanceClock move the calendar of keys; only with developmentServer, on loopback.',
    default: 'system',
  }),
  developmentServer: flag({
    description: 'Marks a server whose keys nobody relies on.',
    default: false,
  }),
  peers: Type.Record(
    Type.String(),
    Type.String({
      pattern:
        '^(https://[^\\s/@?#]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)(/[^\\s?#]*)?#ed25519:[A-Za-z0-9_-]{43}$',
      maxLength: 2048,
    }),
    {
      allowed: 'a map from Regions to <https URL>#ed25519:<public key>',
      description:
        "Servers of other Regions for multi-Region keys: by Region, the URL and the server's public key.",
      default: {},
    },
  ),
  oidc: Type.Object({
    networks: Type.Array(Type.String({ pattern: NETWORK, maxLength: 64 }), {
      maxItems: 64,
      allowed: 'a list of networks such as 10.0.0.0/8 or fd00::/8',
      description:
        'Networks that are not public, in which OIDC identity providers may be all the same.',
      default: [],
    }),
    keyHosts: Type.Record(Type.String(), Type.String({ pattern: HOST_AND_PORT, maxLength: 260 }), {
      allowed: 'a map from hosts to hosts, each with its port where that is not 443',
      description:
        "Where an OIDC identity provider's keys are, by its host: of those that have them on another host.",
      default: {},
    }),
  }),
  webIdentity: Type.Object({
    keyPeriodDays: integer(1, 3650, {
      description: "Days after which an account's web identity tokens are signed by a new key.",
      default: 90,
    }),
    customKeyStores: Type.Record(
      Type.String(),
      Type.String({ pattern: '^cks-[0-9a-f]{17}$', maxLength: 64 }),
      {
        allowed: 'a map from account ids to ids of custom key stores',
        description:
          "Custom key stores, in the server's first Region, in whose token an account's keys for web identity tokens are made.",
        default: {},
      },
    ),
  }),
  webhooks: Type.Record(
    Type.String(),
    Type.String({
      pattern:
        '^(https://[^\\s/@?#]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)([/?][^\\s#]*)?$',
      maxLength: 2048,
    }),
    {
      allowed: 'a map from names to https URLs, or http URLs of this machine, without credentials',
      description: 'Who gets the events of rotation, expiry and deletion: a URL by name.',
      default: {},
    },
  ),
  webhookSecret: Type.Optional(
    secret('^[!-~]{16,1024}$', 1024, '16 to 1024 printable characters without blanks', {
      description: 'Signs the deliveries to webhooks; must be set when there are any.',
    }),
  ),
  quotas: Type.Object({
    preset: oneOf(['none', 'aws'], {
      description:
        "aws holds clients to AWS's quotas, which docs/quotas.md lists, as far as the settings below say nothing else; may be written as quotas: aws.",
      default: 'none',
      shorthand: true,
    }),
    requests: Type.Record(
      Type.String(),
      Type.String({ pattern: '^(none|[0-9]{1,7}(\\.[0-9]{1,3})?)$', maxLength: 11 }),
      {
        allowed: 'a map from request quotas to calls a second, or none',
        description:
          'Calls of an account a second, by the names of docs/quotas.md; one more is answered ThrottlingException.',
        default: {},
      },
    ),
    keysPerRegion: integer(1, 100_000_000, {
      description: 'Customer managed keys of an account in a Region.',
      default: 100_000_000,
      awsDefault: 100_000,
    }),
    aliasesPerKey: integer(1, 10_000, { description: 'Aliases of a key.', default: 50 }),
    grantsPerKey: integer(1, 1_000_000, { description: 'Grants of a key.', default: 50_000 }),
    customKeyStores: integer(1, MAX_TOKENS, {
      description: 'Custom key stores of an account in a Region.',
      default: MAX_TOKENS,
      awsDefault: 10,
    }),
    policyBytes: integer(1024, 131_072, {
      description: 'Largest key policy, in bytes.',
      default: 32_768,
    }),
  }),
  audit: Type.Object({
    dir: path({ description: 'Directory of the audit trail.', default: '<dataDir>/audit' }),
    maxFileBytes: integer(4096, 1024 * GIBIBYTE, {
      description: 'Size at which the audit trail begins a new file, in bytes.',
      default: 104_857_600,
    }),
    fsync: flag({
      description: 'Whether a record must be on the disk, not just written, before the answer.',
      default: false,
    }),
    compress: flag({
      description: 'Whether files of the audit trail that are complete are compressed (gzip).',
      default: false,
    }),
    keepDays: integer(0, 36_500, {
      description:
        'Days after which a file of the audit trail is removed, which a digest says first; 0: never.',
      default: 0,
    }),
    keepBytes: integer(0, 1024 * 1024 * GIBIBYTE, {
      description:
        'Bytes of all files of the audit trail above which the oldest are removed, which a digest says first; 0: no limit.',
      default: 0,
    }),
    shipping: ShippingSchema,
  }),
  tracing: Type.Object({
    endpoint: Type.Optional(
      text(
        '^https?://[^\\s/@?#]+(/[^\\s?#]*[^\\s/?#])?$',
        2048,
        'an http or https URL without credentials, query and last slash',
        {
          description:
            'OpenTelemetry collector that gets traces, by OTLP over HTTP (its path /v1/traces); without it nothing is traced.',
        },
      ),
    ),
    authorization: Type.Optional(
      secret('^[!-~][ -~]{0,4095}$', 4096, '1 to 4096 printable characters', {
        description: 'Authorization header for the collector, such as Bearer and its token.',
      }),
    ),
    oneIn: integer(0, 1_000_000, {
      description:
        'Of the calls without a traceparent header one in so many is traced; with 0 none. With one, what it says is done.',
      default: 100,
    }),
  }),
  tokens: Type.Array(TokenSchema, {
    maxItems: MAX_TOKENS,
    allowed: `a list of at most ${MAX_TOKENS} tokens`,
    description: "The PKCS#11 tokens; the quick start's two SoftHSM tokens when absent.",
  }),
});
