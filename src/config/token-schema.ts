import { Type } from 'typebox';
import {
  AES_GCM_IV_BITS,
  AES_GCM_IVS,
  FALSE_USAGES,
  HMAC_KEY_TYPES,
  OAEP_HASHES,
  OAEP_SOURCES,
  PSS_HASHES,
  READ_ONLY_SESSIONS,
  VENDOR_NAMES,
} from '../token-host/vendors/index.js';
import { flag, integer, oneOf, path, someOf, TEN_MINUTES_MS, text } from './setting-kinds.js';

export const MAX_TOKENS = 64;

/** One token of the `tokens` list. */
export const TokenSchema = Type.Object({
  id: text(
    '^(root|cluster-[2-7a-zA-Z]{11,16})$',
    24,
    'root or cluster- and 11 to 16 characters of 2-7, a-z and A-Z',
    {
      description: 'root, or the CloudHsmClusterId by which CreateCustomKeyStore names the token.',
    },
  ),
  module: path({
    description: "Path of the vendor's PKCS#11 library; left out where the token's uri says it.",
  }),
  label: Type.Optional(
    text('^[^\\u0000-\\u001F]+$', 32, 'a token label of 1 to 32 characters', {
      description: "The token's label (CK_TOKEN_INFO); give one of label, serial and uri.",
    }),
  ),
  serial: Type.Optional(
    text('^[!-~]+( +[!-~]+)*$', 16, 'a serial number of 1 to 16 printable characters', {
      description: "The token's serial number; give one of label, serial and uri.",
    }),
  ),
  uri: Type.Optional(
    text(
      '^[pP][kK][cC][sS]11:',
      2048,
      'a URI of at most 2048 characters that begins with pkcs11:',
      {
        description:
          'URI of the token (RFC 7512): at least its token or serial; every attribute must match. Its query may have module-path and module-name in place of module, and pin-source in place of pinFile and pinCommand; never pin-value.',
        sensitive: true,
      },
    ),
  ),
  vendor: oneOf(VENDOR_NAMES, {
    description: "Whose token it is; chooses the vendor's profile.",
    default: 'generic',
  }),
  pinFile: Type.Optional(
    path({
      description:
        "File that holds the token's PIN. The root token must have this or one of the next three.",
    }),
  ),
  pinEnv: Type.Optional(
    text('^[A-Za-z_][A-Za-z0-9_]*$', 128, 'the name of an environment variable', {
      description:
        "Environment variable that holds the root token's PIN; the server takes it out of its environment.",
    }),
  ),
  pinCredential: Type.Optional(
    text('^[A-Za-z0-9_-][A-Za-z0-9._-]*$', 255, 'the name of a systemd credential', {
      description:
        "Systemd credential that holds the root token's PIN: a file of $CREDENTIALS_DIRECTORY.",
    }),
  ),
  pinCommand: Type.Optional(
    Type.Unsafe<string[]>({
      anyOf: [
        {
          type: 'array',
          items: { type: 'string', maxLength: 4096, pattern: '^[^\\u0000]*$' },
          minItems: 1,
          maxItems: 64,
        },
      ],
      allowed: 'a list of strings, a program and its arguments',
      description:
        "Program that writes the root token's PIN to stdout, by its absolute path, and its arguments. No shell; within 30 seconds.",
      sensitive: true,
    }),
  ),
  trustAnchor: Type.Optional(
    path({
      description: 'PEM certificate that CreateCustomKeyStore must be given for this token.',
    }),
  ),
  accounts: Type.Optional(
    Type.Array(Type.String({ pattern: '^[0-9]{12}$', maxLength: 12 }), {
      minItems: 1,
      maxItems: 1000,
      uniqueItems: true,
      allowed: 'a list of at least one account id of 12 digits, none twice',
      description:
        "Accounts that may claim the token for a custom key store, as one of them can. By default the server's only account; a server of several must say.",
    }),
  ),
  memberOf: Type.Optional(
    text('^cluster-[2-7a-zA-Z]{11,16}$', 24, 'the id of another token that is not root', {
      description:
        'Id of the token that this one is a copy of: both, and further ones, stand behind its custom key store, and one that is away is no outage. Accounts, trust anchor and residency are the other one’s.',
    }),
  ),
  sessions: integer(1, 64, {
    description:
      'PKCS#11 sessions at most: one worker thread each, made when there is work for it.',
    default: 8,
  }),
  threads: Type.Optional(
    Type.Unsafe<'auto' | 'single' | number>({
      anyOf: [
        { type: 'string', enum: ['auto', 'single'] },
        { type: 'integer', minimum: 1, maximum: 64 },
      ],
      allowed: 'auto, single or a whole number from 1 to 64',
      description:
        "Threads that use the token's library at a time: one for each session unless the library proves to serve one thread only (auto, the default), only one (single), or at most so many.",
    }),
  ),
  residency: oneOf(['resident', 'wrapped'], {
    description:
      'Where the keys of a custom key store are kept: as objects in the token, which they never leave (resident), or in the database, wrapped by a key that never leaves the token (wrapped): for a token with room for fewer objects than there are keys.',
    default: 'resident',
  }),
  loadedKeys: Type.Optional(
    integer(1, 100_000, {
      description: 'Wrapped keys that are in the token at a time, 128 by default.',
    }),
  ),
  callTimeoutMs: integer(1, TEN_MINUTES_MS, {
    description: 'Milliseconds after which a running call counts as hung.',
    default: 4000,
  }),
  managementTimeoutMs: integer(1, TEN_MINUTES_MS, {
    description: 'The same for creating, finding and destroying keys.',
    default: 60_000,
  }),
  startTimeoutMs: integer(1, TEN_MINUTES_MS, {
    description:
      'The longest silence, in milliseconds, of a token host that starts: of loading the library, finding the token, logging in. Reading the objects is not part of it.',
    default: 15_000,
  }),
  maxQueued: integer(1, 65_536, {
    description: 'Calls accepted and not yet answered; one more is refused as busy.',
    default: 4096,
  }),
  quirks: Type.Optional(
    Type.Object(
      {
        aesGcmIv: Type.Optional(
          oneOf(AES_GCM_IVS, {
            description:
              'Who makes the IV of AES-GCM: Strongroom (host), or the HSM, which writes it back into the buffer (written-back) or appends it to the tag (appended).',
          }),
        ),
        aesGcmIvBytes: Type.Optional(integer(12, 16, { description: 'Octets of that IV.' })),
        aesGcmIvBits: Type.Optional(
          oneOf(AES_GCM_IV_BITS, {
            description: 'ulIvBits in CK_GCM_PARAMS: the bits of the IV (length), or 0 (zero).',
          }),
        ),
        oaepHashes: Type.Optional(
          someOf(OAEP_HASHES, {
            description:
              'Hashes that the token is asked for in RSA-OAEP; of others no trial is made.',
          }),
        ),
        oaepSource: Type.Optional(
          oneOf(OAEP_SOURCES, {
            description:
              'source in CK_RSA_PKCS_OAEP_PARAMS: CKZ_DATA_SPECIFIED without data (specified), or 0 (zero).',
          }),
        ),
        pssHashes: Type.Optional(
          someOf(PSS_HASHES, {
            description:
              'Hashes that the token is asked for in RSA-PSS, with a salt as long as the hash; of others no trial is made.',
          }),
        ),
        privatePublicKeys: Type.Optional(
          flag({ description: 'CKA_PRIVATE of the public half of a pair.' }),
        ),
        falseUsages: Type.Optional(
          oneOf(FALSE_USAGES, {
            description: 'Whether templates say of usages that they are false, or leave them out.',
          }),
        ),
        hmacKeyType: Type.Optional(
          oneOf(HMAC_KEY_TYPES, {
            description:
              'CKA_KEY_TYPE of HMAC keys: CKK_GENERIC_SECRET, or CKK_SHA256_HMAC and so on.',
          }),
        ),
        maxLabelBytes: Type.Optional(
          integer(1, 255, { description: 'Octets of a CKA_LABEL at most; longer ones are cut.' }),
        ),
        maxSessions: Type.Optional(
          integer(1, 1024, { description: 'Sessions at most, whatever the token says.' }),
        ),
        readOnlySessions: Type.Optional(
          oneOf(READ_ONLY_SESSIONS, {
            description:
              'Which sessions are read-only: none, those in which keys are used (workers), or all; with all no key of the token can be made or destroyed.',
          }),
        ),
      },
      { additionalProperties: false, allowed: 'a map of quirks' },
    ),
  ),
  rawRsaOaep: flag({
    description:
      'Lets the host undo OAEP itself for a token that lacks it. For development only: it opens a padding oracle.',
    default: false,
  }),
  libraryParameters: Type.Optional(
    text('^[^\\u0000]+$', 4096, 'a string of 1 to 4096 characters', {
      description: 'String handed to C_Initialize, for libraries that need one (NSS).',
      sensitive: true,
    }),
  ),
  env: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String(), {
      description: 'Environment of the token host, for example SOFTHSM2_CONF. Never a secret.',
      allowed: 'a map from variable names to strings',
      additionalProperties: false,
      sensitive: true,
    }),
  ),
});
