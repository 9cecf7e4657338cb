import { wordFact } from '../../src/services/kms/wording.js';

/** What rooms below KMS find out, in KMS's words. */
export const worded = <Result>(work: Promise<Result>): Promise<Result> =>
  work.catch((error: unknown) => Promise.reject(wordFact(error)));
