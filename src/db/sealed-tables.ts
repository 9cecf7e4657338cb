/**
 * What of the database is sealed, and what isn't and why. The seal of a row binds its meaning: who can
 * write the database, but doesn't have the root key, can't change it unnoticed. What a seal can't tell is
 * that a whole row is missing, or that an older one was put back with its own seal: see docs/access.md.
 */

/** A table whose rows have a seal each, in their column `seal`. */
export interface SealedTable {
  readonly primaryKey: readonly string[];
  /** The columns that the seal binds, in this order. */
  readonly columns: readonly string[];
  /** Tables whose rows belong to one of this table's, told by its primary key: bound with it, so none can be added or taken away. */
  readonly parts?: Readonly<Record<string, { readonly columns: readonly string[] }>>;
  /** Columns that aren't bound, and why. */
  readonly unbound?: Readonly<Record<string, string>>;
}

const KEY = ['region', 'key_id'] as const;

const TABLES = {
  keys: {
    primaryKey: KEY,
    columns: [
      ...KEY,
      'account_id',
      'key_spec',
      'key_usage',
      'proven_algorithms',
      'origin',
      'manager',
      'multi_region',
      'primary_region',
      'related_version',
      'description',
      'enabled',
      'status',
      'created_at',
      'deletion_date',
      'pending_window_days',
      'rotation_period_days',
      'next_rotation_date',
      'on_demand_rotations',
      'tracked_since',
      'custom_key_store_id',
      'policy',
      'policy_principals',
      'current_material_id',
    ],
    parts: {
      key_materials: {
        columns: [
          'material_id',
          'account_id',
          'sealed',
          'cka_id',
          'public_key',
          'created_at',
          'ordinal',
          'status',
          'rotation_date',
          'rotation_type',
          'expiration_model',
          'valid_to',
          'description',
          'check_value',
        ],
      },
      tags: { columns: ['tag_key', 'tag_value', 'account_id'] },
      aliases: { columns: ['name', 'account_id'] },
    },
  },
  aliases: {
    primaryKey: ['account_id', 'region', 'name'],
    columns: ['account_id', 'region', 'name', 'key_id', 'created_at', 'updated_at'],
  },
  grants: {
    primaryKey: [...KEY, 'grant_id'],
    columns: [...KEY, 'grant_id', 'account_id', 'grantee', 'retiring', 'name', 'body'],
    unbound: { created_at: 'also in the body, which is what is read' },
  },
  custom_key_stores: {
    primaryKey: ['custom_key_store_id'],
    columns: [
      'custom_key_store_id',
      'account_id',
      'region',
      'name',
      'type',
      'cloud_hsm_cluster_id',
      'trust_anchor',
      'sealed_password',
      'connection',
      'connection_error',
      'created_at',
    ],
  },
  token_objects: {
    primaryKey: ['cka_id'],
    columns: [
      'cka_id',
      'token_id',
      'account_id',
      'region',
      'key_id',
      'status',
      'node_id',
      'incarnation',
      'created_at',
    ],
  },
  wrapping_keys: {
    primaryKey: ['token_id'],
    columns: ['token_id', 'cka_id', 'scheme', 'created_at'],
  },
  audit_keys: {
    primaryKey: ['number'],
    columns: ['number', 'cka_id', 'kind', 'public_key', 'sealed_private', 'created_at'],
  },
  transport_keys: {
    primaryKey: ['id'],
    columns: ['id', 'cka_id', 'status', 'public_key', 'hash'],
  },
  access_keys: {
    primaryKey: ['access_key_id'],
    columns: ['access_key_id', 'account_id', 'principal', 'status', 'sealed_secret', 'created_at'],
    unbound: {
      last_used_at: 'tells when it was used; nothing is decided by it',
      last_used_region: 'as last_used_at',
      last_used_service: 'as last_used_at',
    },
  },
  iam_entities: {
    primaryKey: ['unique_id'],
    columns: ['account_id', 'kind', 'name_key', 'path', 'unique_id', 'body'],
  },
  password_policies: {
    primaryKey: ['account_id'],
    columns: ['account_id', 'body'],
  },
  credential_reports: {
    primaryKey: ['account_id'],
    columns: ['account_id', 'content', 'generated_at'],
  },
  access_jobs: {
    primaryKey: ['job_id'],
    columns: ['job_id', 'account_id', 'owner', 'arn', 'created_at'],
  },
  web_identity_issuers: {
    primaryKey: ['account_id'],
    columns: ['account_id', 'issuer_id', 'region', 'enabled', 'signing_keys', 'created_at'],
  },
} as const satisfies Readonly<Record<string, SealedTable>>;

export type SealedTableName = keyof typeof TABLES;

export const SEALED_TABLES: Readonly<Record<SealedTableName, SealedTable>> = TABLES;

/** Tables without a seal, and why nothing is lost by it, or what is. */
export const UNSEALED_TABLES: Readonly<Record<string, string>> = {
  root_key: 'proven at each start by what only the right root key opens',
  session_keys: 'sealed as a whole',
  peer_identity: 'sealed as a whole',
  accounts: 'which accounts were set up, and which root key the configuration gave them last',
  key_audience:
    'who may find out that a key is there; the sealed policy and grants decide what they may do',
  tagged_keys: 'which keys are in lists of what has tags; the tags are sealed with the key',
  remote_keys: 'where replicas on other servers are; each server decides about its own',
  key_last_usage:
    'a writer of the database can make a key look unused, or used: also to kms:TrailingDaysWithoutKeyUsage',
  service_uses:
    'a writer of the database can make a user or role look unused, or used; nothing is decided by it',
  key_invocations:
    'a writer of the database can let a key of a token encrypt more often than 2^32 times, or make it seem worn out',
  mfa_attempts: 'a writer of the database can let codes be tried again',
  refused_pins: 'a writer of the database can let a refused password be tried again',
  pin_tries: 'as refused_pins',
  root_pin_salt: 'as refused_pins, for the PIN of the root token',
  peer_messages: 'a writer of the database can let a signed message be taken twice within a minute',
  peer_news: 'what is still to be told to other servers; it is told as the sealed key has it',
  events: 'what happened, for webhooks; not evidence, which is the audit trail',
  event_deliveries: 'as events',
  webhook_positions: 'as events',
  audit_outbox:
    'records on their way to the trail, seconds in all: a writer of the database can lose or alter them',
  audit_heads:
    'which digest of the audit trail is the last: a writer of the database can hide that the newest are gone',
  installations:
    'where servers last ran: a writer of the database can stop a start, or let a copy pass for the original',
  leases: 'which server does the jobs: a writer of the database can stop them',
  calendar: 'read with a simulated clock only, which no production server has',
  changes:
    'what memory has to forget: a writer of the database can let memory be old until a restart',
};
