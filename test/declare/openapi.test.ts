import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/declare/openapi.js';
import { errorCatalogue } from '../../src/services/kms/errors.js';
import { kms } from '../../src/services/kms/service.js';
import { operations, restOperations } from '../support/kms-operations.js';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: object;
}

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': { readonly schema: { readonly properties: object } };
    };
  };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

// As a client gets it: what isn't JSON is lost on the way.
const document = JSON.parse(JSON.stringify(openApiDocument([kms])));
const described = Object.entries(
  document.paths as Record<string, Record<string, Described>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const byId = new Map(described.map((entry) => [entry.operation.operationId, entry]));

/** Every member of every object in a JSON document. */
function* membersOf(value: unknown): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield [name, member];
    yield* membersOf(member);
  }
}

describe('the document', () => {
  it('is OpenAPI 3.1 with the members that it must have', () => {
    expect(document).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d+$/),
      info: { title: expect.any(String), version: expect.any(String) },
    });
    expect(Object.keys(document.paths).every((path) => path.startsWith('/v1/'))).toBe(true);
  });

  it('resolves its references and security schemes', () => {
    const references = [...membersOf(document)].filter(([name]) => name === '$ref');
    expect(references.length).toBeGreaterThan(0);
    for (const [, reference] of references) {
      const [root, ...steps] = String(reference).split('/');
      expect(root).toBe('#');
      expect(steps.reduce((at, step) => at?.[step], document)).toBeDefined();
    }
    const schemes = Object.keys(document.components.securitySchemes);
    expect(document.security.flatMap(Object.keys)).toStrictEqual(schemes);
  });

  it('leaks no words of our own', () => {
    const own = new Set(['sensitive', 'minBytes', 'maxBytes', 'allowed']);
    expect([...membersOf(document)].filter(([name]) => own.has(name))).toStrictEqual([]);
  });

  it('names every operation once, in its section', () => {
    expect(described.map(({ operation }) => operation.operationId).sort()).toStrictEqual(
      restOperations.map(({ name }) => name).sort(),
    );
    for (const [section, members] of Object.entries(kms.sections)) {
      for (const { name } of members)
        expect(byId.get(name)?.operation.tags).toStrictEqual([section]);
    }
  });
});

describe.each([...operations.values()])('$name', (declared) => {
  const entry = byId.get(declared.name);
  const operation = entry?.operation as Described;

  it('has its route and a summary', () => {
    expect(entry?.method).toBe(declared.route.method.toLowerCase());
    expect(entry?.path).toBe(`/v1${declared.route.path}`);
    expect(operation.summary).toMatch(/\.$/);
  });

  it('has each member of its input in one place', () => {
    const placed = [
      ...operation.parameters.map(({ name }) => name),
      ...Object.keys(operation.requestBody?.content['application/json'].schema.properties ?? {}),
    ];
    expect(placed.sort()).toStrictEqual(Object.keys(declared.input.properties).sort());
  });

  it("has its path's parameters, required", () => {
    const inPath = [...declared.route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const parameters = operation.parameters.filter((parameter) => parameter.in === 'path');
    expect(parameters.map(({ name }) => name)).toStrictEqual(inPath);
    expect(parameters.every(({ required }) => required)).toBe(true);
  });

  it('has its success and each of its errors under its status', () => {
    expect(operation.responses).toHaveProperty(declared.output === 'nothing' ? '204' : '200');
    for (const code of declared.errors) {
      const response = operation.responses[String(errorCatalogue[code].rest)];
      expect(response?.description.split(', ')).toContain(code);
    }
  });
});
