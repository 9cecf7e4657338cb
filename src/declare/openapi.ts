/** The registry as an OpenAPI 3.1 document. */
import type { ErrorCatalogue } from '../kernel/service-error.js';
import type { Operation, Route, Sections } from './operation.js';
import type { Shape } from './validate.js';

type Json = Record<string, unknown>;

/** What a document says of one service. */
export interface DocumentedService {
  readonly name: string;
  readonly sections: Sections;
  readonly errors: { readonly catalogue: ErrorCatalogue };
  readonly wire: { readonly restPath?: string };
}

/** Errors that any call may meet. */
const COMMON = [
  'AccessDeniedException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'ThrottlingException',
  'UnrecognizedClientException',
  'ValidationException',
] as const;

/** Words of a shape that are ours and mean nothing to a reader of JSON Schema. */
const OWN_WORDS: ReadonlySet<string> = new Set(['sensitive', 'allowsNul', 'minBytes', 'maxBytes']);

type Routed = Operation & { readonly route: Route };

function isRouted(operation: Operation): operation is Routed {
  return operation.route !== undefined;
}

/** Operations on the REST face, in the order of the services' sections. */
export function openApiDocument(services: readonly DocumentedService[]): Json {
  const paths: Record<string, Json> = {};
  const tags: Json[] = [];
  for (const service of services) {
    const { restPath = `/${service.name}` } = service.wire;
    for (const [section, operations] of Object.entries(service.sections)) {
      const routed = operations.filter(isRouted);
      if (routed.length > 0) tags.push({ name: section });
      for (const operation of routed) {
        const path = `/v1${restPath}${operation.route.path}`;
        const described = describe(operation, section, service.errors.catalogue);
        paths[path] = { ...paths[path], [operation.route.method.toLowerCase()]: described };
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Strongroom',
      version: '1',
      description:
        'The AWS KMS operations as REST. Requests are signed with AWS Signature Version 4, service `kms`.',
    },
    tags,
    security: [{ sigv4: [] }],
    paths,
    components: {
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          description: 'AWS Signature Version 4 in its Authorization header form.',
        },
      },
      schemas: {
        Error: {
          type: 'object',
          properties: { __type: { type: 'string' }, message: { type: 'string' } },
          required: ['__type'],
        },
      },
    },
  };
}

function describe(operation: Routed, section: string, catalogue: ErrorCatalogue): Json {
  const { input, route } = operation;
  const properties = input.properties as Record<string, Shape>;
  const required = new Set<string>((input.required as string[] | undefined) ?? []);
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const others = Object.keys(properties).filter((name) => !inPath.includes(name));
  const byQuery = route.method === 'GET' || route.method === 'DELETE';
  const parameter = (name: string, place: 'path' | 'query'): Json => ({
    name,
    in: place,
    required: place === 'path' || isRequired(name, properties, required),
    schema: published(properties[name] ?? {}),
  });
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [section],
    parameters: [
      ...inPath.map((name) => parameter(name, 'path')),
      ...(byQuery ? others.map((name) => parameter(name, 'query')) : []),
    ],
    ...(!byQuery &&
      others.length > 0 && {
        requestBody: {
          required: others.some((name) => isRequired(name, properties, required)),
          content: { 'application/json': { schema: bodySchema(others, properties, required) } },
        },
      }),
    responses: responses(operation, catalogue),
  };
}

function bodySchema(
  names: readonly string[],
  properties: Readonly<Record<string, Shape>>,
  required: ReadonlySet<string>,
): Json {
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, published(properties[name] ?? {})])),
    required: names.filter((name) => isRequired(name, properties, required)),
  };
}

function responses(operation: Operation, catalogue: ErrorCatalogue): Json {
  const byStatus = new Map<number, string[]>();
  for (const code of [...operation.errors, ...COMMON]) {
    const status = catalogue[code]?.rest ?? 500;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const schema = { $ref: '#/components/schemas/Error' };
  const refused = [...byStatus].map(([status, codes]) => [
    String(status),
    { description: codes.join(', '), content: { 'application/json': { schema } } },
  ]);
  const done =
    operation.output === 'nothing'
      ? ['204', { description: 'Done.' }]
      : [
          '200',
          {
            description: 'Done.',
            content: { 'application/json': { schema: published(operation.output as Shape) } },
          },
        ];
  return Object.fromEntries([done, ...refused]);
}

function isRequired(
  name: string,
  properties: Readonly<Record<string, Shape>>,
  required: ReadonlySet<string>,
): boolean {
  return required.has(name) && properties[name]?.default === undefined;
}

/** A shape without our own words. */
function published(shape: Shape): unknown {
  return JSON.parse(
    JSON.stringify(shape, (name, value) => (OWN_WORDS.has(name) ? undefined : value)),
  );
}
