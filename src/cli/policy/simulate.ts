import type { SimulatedDecision } from '../../app/simulate-policy.js';
import { StartError, UnreachableError } from '../../kernel/start-error.js';
import { CommandEnd, defineCommand, EXIT } from '../core/command.js';

export const simulatePolicy = defineCommand({
  name: 'policy simulate',
  summary: 'say whether a call would be allowed, and which statement decides',
  progress: 'reading policies',
  options: {
    principal: {
      value: 'arn',
      description: 'who calls: a user, role, role session or root user',
      required: true,
    },
    action: { value: 'action', description: 'for example kms:Decrypt', required: true },
    resource: {
      value: 'key or ARN',
      description: 'key id, key ARN, alias or any ARN',
      default: '*',
    },
    context: {
      value: 'name=value',
      description: 'a condition key of the request',
      repeats: true,
    },
    region: { value: 'region', description: "default: the server's first Region" },
  },
  examples: [
    [
      'strongroom policy simulate --principal arn:aws:iam::111122223333:user/alice --action kms:Decrypt --resource alias/first',
      "by the key's policy and grants, and the user's policies",
    ],
  ],
  exitCodes: {
    done: 'the call would be allowed',
    failed: 'it would be denied',
    usage: 'no answer: wrong usage or configuration, or what is named is not there',
    unreachable: 'no answer: the database cannot be reached',
  },
  async run(options, { configuration, tell }) {
    const { simulatePolicy: decide } = await import('../../app/simulate-policy.js');
    const decision = await decide(configuration(), options).catch(noAnswer);
    tell(linesOf(decision), decision);
    return decision.allowed ? EXIT.done : EXIT.failed;
  },
});

/** A script that asks "allowed?" must not take for a denial what is no answer. */
function noAnswer(error: unknown): never {
  if (error instanceof UnreachableError) throw new CommandEnd(EXIT.unreachable, error.message);
  const message = error instanceof Error ? error.message : String(error);
  throw new CommandEnd(EXIT.usage, error instanceof StartError ? message : `no answer: ${message}`);
}

function linesOf(result: SimulatedDecision): string[] {
  const { decision, policyType, grantId, root, statements, missingContextValues } = result;
  return [
    policyType === undefined ? decision : `${decision} (${policyType})`,
    ...(grantId === undefined ? [] : [`  by the grant ${grantId}`]),
    ...(root ? ['  by being the root user'] : []),
    ...statements.map(
      ({ source, index, sid }) =>
        `  by statement ${sid ?? index} of the ${source.kind} policy ${source.id}`,
    ),
    ...missingContextValues.map((key) => `  not in the request: ${key}`),
  ];
}
