/** What each kind of row in the change feed names, and which memory of a server it empties. */

interface KindOfChange {
  /** The form of a row's `ref`. */
  readonly ref: string;
  /** The memory that drops or reads again what the row names. */
  readonly drops: readonly string[];
}

export const changeKinds = {
  key: { ref: '<Region>/<key id>', drops: ['keys'] },
  material: { ref: '<Region>/<key id>/<material id>', drops: ['opened software material'] },
  alias: { ref: '<account>/<Region>/alias/<name>', drops: ['targets of aliases'] },
  'custom-key-store': { ref: '<key store id>', drops: ['connections to custom key stores'] },
  grant: { ref: '<Region>/<key id>/<grant id>', drops: ['grants'] },
  iam: { ref: '<account>/<kind of entity>/<unique id>', drops: ['principals'] },
  'access-key': { ref: '<access key id>', drops: ['opened access keys'] },
  'web-identity-issuer': { ref: '<account>', drops: ['issuers of web identity tokens'] },
  calendar: { ref: '1', drops: ['the calendar of key dates'] },
} as const satisfies Record<string, KindOfChange>;

export type ChangeKind = keyof typeof changeKinds;

/** A memory that follows this kind of change. */
export type MemoryOf<K extends ChangeKind> = (typeof changeKinds)[K]['drops'][number];
