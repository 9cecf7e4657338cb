import type { TokenClient } from './client.js';

/** What whoever uses a token's keys sees of it, be it one token or several that stand for one. */
export type Token = Pick<
  TokenClient,
  | 'start'
  | 'stop'
  | 'state'
  | 'pin'
  | 'onStateChange'
  | 'has'
  | 'objects'
  | 'duplicates'
  | 'listed'
  | 'call'
  | 'try'
> & {
  /** Of several tokens, those serve that hold the object with this CKA_ID. */
  readonly requireOfEach?: (ckaId: string) => void;
};
