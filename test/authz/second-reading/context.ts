/** What the request says to conditions. Source: authorization.md §7. */
import { type Asked, type Caller, OWNER } from './asked.js';

export interface Entry {
  readonly name: string;
  /** A list: the key is multi-valued. */
  readonly value: string | readonly string[];
  /** Key policies can't see it. */
  readonly identityOnly?: true;
}

const NOON = '2026-01-01T12:00:00Z';

/** Every entry with its name as the request spells it; names may differ by case only. */
export function entriesOf(asked: Asked, caller: Caller): readonly Entry[] {
  const { encryptionContext = {}, tags, members = {}, key, ...more } = asked.facts ?? {};
  const tagKeys = more.tagKeys ?? (tags && [...tags.keys()]);
  const entries: Entry[] = [
    { name: 'aws:PrincipalArn', value: caller.role ?? caller.arn },
    { name: 'aws:PrincipalType', value: caller.kind },
    { name: 'aws:PrincipalIsAWSService', value: String(caller.kind === 'AWSService') },
    { name: 'aws:SourceIp', value: '192.0.2.1' },
    { name: 'aws:SecureTransport', value: 'true' },
    { name: 'aws:CurrentTime', value: NOON },
    { name: 'aws:EpochTime', value: String(Date.parse(NOON) / 1000) },
    { name: 'aws:ResourceAccount', value: OWNER },
    { name: 'kms:ResourceAliases', value: ['alias/a'], identityOnly: true },
  ];
  if (caller.kind === 'User') {
    entries.push({ name: 'aws:username', value: caller.arn.split('/').at(-1) ?? '' });
  }
  if (caller.kind !== 'AWSService') {
    entries.push({ name: 'aws:PrincipalAccount', value: caller.account });
    entries.push({ name: 'kms:CallerAccount', value: caller.account });
  }
  for (const [name, value] of Object.entries(encryptionContext)) {
    entries.push({ name: `kms:EncryptionContext:${name}`, value });
  }
  const names = Object.keys(encryptionContext);
  if (names.length > 0) entries.push({ name: 'kms:EncryptionContextKeys', value: names });
  for (const [name, value] of tags ?? []) entries.push({ name: `aws:RequestTag/${name}`, value });
  if (tagKeys) entries.push({ name: 'aws:TagKeys', value: tagKeys });
  if (more.sourceAccount) entries.push({ name: 'aws:SourceAccount', value: more.sourceAccount });
  if (more.http?.userAgent) entries.push({ name: 'aws:UserAgent', value: more.http.userAgent });
  for (const [name, value] of key?.tags ?? [['Colour', 'Blue']]) {
    entries.push({ name: `aws:ResourceTag/${name}`, value: value ?? '', identityOnly: true });
  }
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === 'string') entries.push({ name, value });
    else if (Array.isArray(value)) entries.push({ name, value: value.map(String) });
  }
  return entries;
}

/** Whether AWS has no key of this name: whatever is asked of it is not clear. The rows ask of these. */
export const isInvented = (name: string): boolean => /^[a-z]+:nosuchkey$/i.test(name);

export function entriesNamed(entries: readonly Entry[], name: string): readonly Entry[] {
  return entries.filter((entry) => entry.name.toLowerCase() === name.toLowerCase());
}
