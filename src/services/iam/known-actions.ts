import type { KnownAction } from '../../declare/known-actions.js';
import { iamSections, stsSections } from './registry.js';

/** Permissions that other calls ask for and no operation has. Source: Service Authorization Reference. */
const PERMISSIONS_ONLY = ['iam:PassRole', 'sts:SetSourceIdentity', 'sts:TagSession'];

/** The actions of IAM and STS as their declarations have them. */
export const iamActions: readonly KnownAction[] = [
  ...[iamSections, stsSections]
    .flatMap((sections) => Object.values(sections).flat())
    .flatMap(({ id, actions, access }) =>
      [id, ...actions].map((name) => ({
        name,
        ...(access.by === 'identity' &&
          name === id && { onAccount: access.onAccount, boundary: access.boundary }),
      })),
    ),
  ...PERMISSIONS_ONLY.map((name) => ({ name })),
];
