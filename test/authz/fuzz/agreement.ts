/** Asks both readings, and shows where they differ as a row that can be pasted into a decision table. */
import fc from 'fast-check';
import { decide, type Question } from '../decisions/decide.js';
import { type Answer, read } from '../second-reading/reading.js';
import { questions } from './questions.js';

/** This server's answer, in the second reading's words. */
export function answer(question: Question): Answer {
  const decision = decide(question);
  if (decision.allowed) return 'allowed';
  return decision.explicit ? 'denied explicitly' : 'not allowed';
}

/**
 * Asks `cases` questions that follow from `seed`.
 * @throws Error with the smallest question on which the readings differ
 */
export function expectAgreement({ cases, seed }: { cases: number; seed: number }): void {
  fc.assert(
    fc.property(questions, (question) => answer(question) === read(question)),
    { numRuns: cases, seed, reporter: (details) => report(details, seed) },
  );
}

function report({ failed, counterexample }: fc.RunDetails<[Question]>, seed: number): void {
  const question = counterexample?.[0];
  if (!failed || !question) return;
  const said = `this server says "${answer(question)}", the second reading "${read(question)}"`;
  throw new Error(`seed ${seed}: ${said} of\n${asRow(question)}`);
}

const MAP = '@map';

function asRow(question: Question): string {
  const text = JSON.stringify(
    { name: 'two readings differ', ...question },
    (_, value) => (value instanceof Map ? { [MAP]: [...value] } : value),
    2,
  );
  return text.replaceAll(/\{\s*"@map": (\[[^{}]*\])\s*\}/g, 'new Map($1)');
}
