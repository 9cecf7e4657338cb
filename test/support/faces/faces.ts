import type { Strongroom } from '../strongroom.js';
import { AwsJsonFace } from './aws-json-face.js';
import type { Face } from './face.js';
import { RestFace } from './rest-face.js';
import { SignedHttp } from './signed-http.js';

/** The ways to call the server that the suite runs over. */
export const FACES = ['AWS JSON', 'REST'] as const;
export type FaceName = (typeof FACES)[number];

export async function facesOf(strongroom: Strongroom): Promise<Record<FaceName, Face>> {
  return {
    'AWS JSON': new AwsJsonFace(await strongroom.client()),
    REST: new RestFace(await SignedHttp.to(strongroom)),
  };
}
