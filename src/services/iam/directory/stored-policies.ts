import type { StoredDocument } from '../../../authz/unreadable.js';
import { entityArn } from './arns.js';
import type { Entity } from './entities.js';
import type { IamRepository } from './iam-repository.js';

/** Every policy that entities have: inline, trust and managed ones, of these all versions. */
export async function* storedIamPolicies(
  repository: Pick<IamRepository, 'everything'>,
  partition: string,
): AsyncGenerator<StoredDocument> {
  for await (const entity of repository.everything()) {
    yield* policiesOf(entity, entityArn(partition, entity));
  }
}

function* policiesOf(entity: Entity, arn: string): Generator<StoredDocument> {
  if ('inlinePolicies' in entity) {
    for (const [name, text] of Object.entries(entity.inlinePolicies)) {
      yield { kind: 'identity', where: `${arn}/${name}`, text };
    }
  }
  if (entity.kind === 'role') {
    yield { kind: 'trust', where: `the trust policy of ${arn}`, text: entity.trustPolicy.text };
  }
  if (entity.kind !== 'policy') return;
  for (const { versionId, text } of entity.versions) {
    yield { kind: 'identity', where: `${arn} ${versionId}`, text };
  }
}
