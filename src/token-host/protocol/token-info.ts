import { record, type Shape, text } from './shapes.js';

/** What the token says about itself (CK_TOKEN_INFO, blanks trimmed). */
export interface TokenInfo {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  /** major.minor */
  readonly firmware: string;
}

export const tokenInfo: Shape<TokenInfo> = record({
  label: text,
  serial: text,
  manufacturer: text,
  model: text,
  firmware: text,
});
