/**
 * Every service against the model of AWS that the installed SDK has: what differs stands with its reason
 * in scripts/model/not-here.json, and nothing else stands there.
 */
import { describe, expect, it } from 'vitest';
import { compare, KINDS, type Kind } from '../../scripts/model/compare.js';
import { explained, notHere, worded } from '../../scripts/model/not-here.js';
import { installedSdk } from '../../scripts/model/sdk.js';
import type { Shape } from '../../src/declare/validate.js';
import type { ServiceFace } from '../../src/pipeline/service.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';

const SERVICES: readonly ServiceFace[] = [kms, iam, sts, tagging];

const found = (service: ServiceFace, as = service) =>
  compare(as, installedSdk(service.name, process.cwd())).map(worded).sort();

describe.each(SERVICES)('$name', (service) => {
  it('differs from AWS’s model where there is a reason, and there alone', () => {
    expect(found(service)).toEqual(explained(service.name).map(worded).sort());
  });
});

it('gives reasons of the kinds that there are, to services that there are', () => {
  expect(Object.keys(notHere)).toEqual(SERVICES.map(({ name }) => name));
  const kinds = Object.values(notHere).flatMap((reasons) => Object.keys(reasons));
  expect(kinds.filter((kind) => !Object.hasOwn(KINDS, kind))).toEqual([]);
});

/** KMS with another Sign. */
function withSign(change: (shapes: { input: Shape; output: Shape }) => object): ServiceFace {
  const sign = kms.operations.get('Sign');
  if (!sign || sign.output === 'nothing') throw new Error('Sign answers');
  const changed = { ...sign, ...change({ input: sign.input, output: sign.output }) };
  return { ...kms, operations: new Map([...kms.operations, ['Sign', changed]]) };
}

function without({ properties, ...shape }: Shape, name: string): Shape {
  const kept = Object.entries(properties ?? {}).filter(([member]) => member !== name);
  return { ...shape, properties: Object.fromEntries(kept) };
}

function having(shape: Shape, name: string, member: Shape): Shape {
  return { ...shape, properties: { ...shape.properties, [name]: member } };
}

const text: Shape = { type: 'string', default: 'RAW' };

const NOTICED: readonly { readonly what: Kind; readonly name: string; readonly as: ServiceFace }[] =
  [
    {
      what: 'operations',
      name: 'Sign',
      as: { ...kms, operations: new Map([...kms.operations].filter(([name]) => name !== 'Sign')) },
    },
    {
      what: 'members',
      name: 'SignRequest.DryRun',
      as: withSign(({ input }) => ({ input: without(input, 'DryRun') })),
    },
    {
      what: 'members',
      name: 'SignResponse.Signature',
      as: withSign(({ output }) => ({ output: without(output, 'Signature') })),
    },
    {
      what: 'values',
      name: 'MessageType.DIGEST',
      as: withSign(({ input }) => ({
        input: having(input, 'MessageType', { ...text, enum: ['RAW', 'EXTERNAL_MU'] }),
      })),
    },
    {
      what: 'unchecked',
      name: 'SignRequest.MessageType',
      as: withSign(({ input }) => ({ input: having(input, 'MessageType', text) })),
    },
    {
      what: 'ours',
      name: 'MessageType.EMOJI',
      as: withSign(({ input }) => ({
        input: having(input, 'MessageType', {
          ...text,
          enum: ['RAW', 'DIGEST', 'EXTERNAL_MU', 'EMOJI'],
        }),
      })),
    },
    {
      what: 'ours',
      name: 'SignRequest.Hurry',
      as: withSign(({ input }) => ({ input: having(input, 'Hurry', text) })),
    },
    {
      what: 'otherwise',
      name: 'SignRequest.Message',
      as: withSign(({ input }) => ({ input: having(input, 'Message', text) })),
    },
    {
      what: 'optional',
      name: 'SignRequest.SigningAlgorithm',
      as: withSign(({ input }) => ({
        input: {
          ...input,
          required: input.required?.filter((name) => name !== 'SigningAlgorithm'),
        },
      })),
    },
    {
      what: 'required',
      name: 'SignRequest.GrantTokens',
      as: withSign(({ input }) => ({
        input: { ...input, required: [...(input.required ?? []), 'GrantTokens'] },
      })),
    },
    {
      what: 'errors',
      name: 'DisabledException',
      as: { ...kms, errors: { ...kms.errors, catalogue: withoutDisabled() } },
    },
  ];

function withoutDisabled() {
  const { DisabledException: _, ...catalogue } = kms.errors.catalogue;
  return catalogue;
}

it.each(NOTICED)('notices $what: $name', ({ what, name, as }) => {
  const usual = found(kms);
  expect(found(kms, as).filter((line) => !usual.includes(line))).toEqual([
    worded({ kind: what, name }),
  ]);
});
