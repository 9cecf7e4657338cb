/**
 * How the database names objects that were adopted. Those that Strongroom makes have random CKA_IDs,
 * so the CKA_ID is their name. Others' CKA_IDs may be the same in several tokens: their names have the
 * token's id before them.
 */
import { ADOPTED_MARK } from '../contract/material.js';

/** What fits into the database's columns. */
export const LONGEST_NAME = 128;

export function adoptedName(tokenId: string, ckaId: string): string {
  return `${tokenId}${ADOPTED_MARK}${ckaId}`;
}

/** The CKA_ID of an object, adopted or not, by its name in the database. */
export function ckaIdOfName(name: string): string {
  return name.slice(name.indexOf(ADOPTED_MARK) + 1);
}
