/** What holds for every operation of every service. What only one service can say is in its own test. */
import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import { EmptyResult } from '../../src/declare/shape-kinds.js';
import type { Shape } from '../../src/declare/validate.js';
import type { ServiceFace } from '../../src/pipeline/service.js';
import { cloudTrail } from '../../src/services/cloudtrail/service.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';

const services: readonly ServiceFace[] = [kms, iam, sts, tagging, cloudTrail];
const all = services.flatMap((service) =>
  [...service.operations.values()].map((operation) => ({ id: operation.id, operation, service })),
);

const SECRET =
  /(^|\.)(Session|WebIdentity)Token$|GrantTokens?$|^Credentials$|Password|Secret|Recipient|Seed|QRCode/;

const membersOf = (shape: TObject | 'nothing') =>
  shape === 'nothing' ? {} : (shape.properties as Record<string, Shape>);

it('knows every operation by a name of its own', () => {
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(150);
});

describe.each(all)('$id', ({ operation, service }) => {
  const inputs = membersOf(operation.input);
  const { request, response } = operation.audit;
  const shown = Array.isArray(response) ? (response as string[]) : [];

  it("is its service's", () => {
    expect(operation.id).toBe(`${service.name}:${operation.name}`);
    expect(Object.values(service.sections).flat()).toContain(operation);
  });

  it('records members of its input and output', () => {
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining([...request]));
    for (const path of shown) expect(shapeAt(operation.output, path)).toBeDefined();
  });

  it('shows in its record what it made, and by which names it is known', () => {
    const { output, readOnly } = operation;
    const answers = output !== 'nothing' && Object.keys(output.properties).length > 0;
    if (!readOnly && answers) expect(response).not.toBeNull();
    const outputs = membersOf(output);
    const issues = Object.entries(outputs).some(
      ([member, shape]) => secretsWithin(member, shape).length > 0,
    );
    if (service.name === 'kms' || !(issues || !readOnly)) return;
    const missing = identifiersIn(outputs).filter(
      (path) => !shown.includes(path) && !shown.includes(path.split('.')[0] ?? ''),
    );
    expect(missing).toEqual([]);
  });

  it('says what it answers', () => {
    const { output } = operation;
    if (output === 'nothing' || output === EmptyResult) return;
    expect(Object.keys(output.properties)).not.toEqual([]);
  });

  it('records no secret, no blob and no token', () => {
    const recorded = [
      ...request.map((member) => secretsWithin(member, inputs[member])),
      ...shown.map((path) => secretsWithin(path, shapeAt(operation.output, path))),
    ];
    expect(recorded.flat()).toEqual([]);
    // A number or a yes about passwords is none.
    const texts = request.filter(
      (member) => !['boolean', 'integer'].includes(inputs[member]?.type ?? ''),
    );
    for (const member of [...texts, ...shown]) {
      expect(member).not.toMatch(SECRET);
    }
  });

  it('declares errors of the catalogue, each once', () => {
    expect(Object.keys(service.errors.catalogue)).toEqual(
      expect.arrayContaining([...operation.errors]),
    );
    expect(new Set(operation.errors).size).toBe(operation.errors.length);
  });

  it('names actions as a policy can', () => {
    for (const action of operation.actions) expect(action).toMatch(/^[a-z]+:[A-Z][A-Za-z]+$/);
    expect(new Set(operation.actions).size).toBe(operation.actions.length);
  });

  it('says in one sentence what it does', () => {
    expect(operation.summary).toMatch(/^[A-Z].{10,120}\.$/);
  });
});

/** By these an investigator joins what was issued to the calls that used it. */
const IDENTIFIER = /^(AccessKeyId|Expiration|SerialNumber|VersionId)$/;

function identifiersIn(outputs: Readonly<Record<string, Shape>>): string[] {
  return Object.entries(outputs).flatMap(([outer, { properties = {} }]) =>
    Object.keys(properties)
      .filter((inner) => IDENTIFIER.test(inner))
      .map((inner) => `${outer}.${inner}`),
  );
}

/** Of `Member`, or `Structure.Member`. */
function shapeAt(output: TObject | 'nothing', path: string): Shape | undefined {
  const [outer = '', inner] = path.split('.');
  const shape = membersOf(output)[outer];
  return inner === undefined ? shape : shape?.properties?.[inner];
}

/** Paths of members that must not be recorded. */
function secretsWithin(path: string, shape: Shape | undefined): string[] {
  if (!shape) return [];
  const own = shape.sensitive || shape.contentEncoding !== undefined ? [path] : [];
  const below = Object.entries(shape.properties ?? {}).flatMap(([name, member]) =>
    secretsWithin(`${path}.${name}`, member),
  );
  return [...own, ...below, ...(shape.items ? secretsWithin(`${path}[]`, shape.items) : [])];
}
