/**
 * The house as its files import one another, held against its plan (src/rooms.json). Type imports
 * count: a type is knowledge, too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/**
 * @typedef {{ path: string, is: string, may: string[] }} Room
 * @typedef {{ rooms: Room[], outside: Record<string, string[]>, packages: Record<string, string[]> }} Plan
 * @typedef {Map<string, string[]>} Imports by file, relative to the source folder: what it imports;
 * a package by its name, a file outside of the source folder with `../`
 */

/** @param {string} source folder of the sources, which holds rooms.json @returns {Plan} */
export function readPlan(source) {
  return JSON.parse(readFileSync(path.join(source, 'rooms.json'), 'utf8'));
}

/** @param {string} source @returns {Imports} */
export function readImports(source) {
  const files = readdirSync(source, { recursive: true }).filter((file) => file.endsWith('.ts'));
  return new Map(
    files
      .sort()
      .map((file) => [file, importsOf(file, readFileSync(path.join(source, file), 'utf8'))]),
  );
}

/** Each target once. @param {string} file @param {string} text */
function importsOf(file, text) {
  const { module, program } = parseSync(file, text);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
      text.slice(start + 1, end - 1),
    ),
  ];
  new Visitor({ TSImportType: ({ source }) => requests.push(source.value) }).visit(program);
  return [...new Set(requests.map((request) => targetOf(file, request)))];
}

function targetOf(file, request) {
  if (!request.startsWith('.')) return request;
  return path.join(path.dirname(file), request).replace(/\.js$/, '.ts');
}

/** The room with the longest path that holds a file. @param {Plan} plan */
export function roomOf({ rooms }, file) {
  const holding = rooms.filter((room) => file === room.path || file.startsWith(`${room.path}/`));
  return holding.sort((a, b) => b.path.length - a.path.length)[0];
}

/**
 * What breaks the plan, one line each: imports that run backwards, circles of files, files in no room.
 * @param {Plan} plan @param {Imports} imports
 */
export function faultsOf(plan, imports) {
  const faults = planFaults(plan);
  for (const [file, targets] of imports) {
    const room = roomOf(plan, file);
    if (!room) {
      faults.push(`${file} is in no room`);
      continue;
    }
    for (const target of targets) {
      const refused = refusalOf(plan, room, target, imports);
      if (refused) faults.push(`${file} imports ${target}: ${refused}`);
    }
  }
  return [...faults, ...circlesOf(imports).map((circle) => `circle: ${circle.join(' → ')}`)];
}

/** The plan itself has no backward arrow: a room may import only rooms that are named before it. */
function planFaults({ rooms }) {
  return rooms.flatMap(({ path: own, may }, index) => {
    const before = new Set(rooms.slice(0, index).map((room) => room.path));
    return may
      .filter((name) => name !== '*' && !before.has(name))
      .map((name) => `the plan lets ${own} import ${name}, which is not named before it`);
  });
}

function refusalOf(plan, room, target, imports) {
  if (target.startsWith('../')) {
    const [, top] = target.split('/');
    return plan.outside[top]?.includes(room.path) ? undefined : `${room.path} may not`;
  }
  if (!target.endsWith('.ts')) {
    const only = plan.packages[target];
    return !only || only.includes(room.path)
      ? undefined
      : `only ${only.join(', ') || 'nobody'} may`;
  }
  if (!imports.has(target)) return 'there is no such file';
  const other = roomOf(plan, target);
  if (!other || other === room || room.may.includes('*') || room.may.includes(other.path)) {
    return undefined;
  }
  return `${room.path} may not import ${other.path}`;
}

/**
 * Circles of files: each a way from a file back to itself. Source: Tarjan, "Depth-first search and
 * linear graph algorithms" (1972), of which a component of several files is reported once.
 * @param {Imports} imports
 */
export function circlesOf(imports) {
  const seen = new Map();
  const stack = [];
  const circles = [];
  const visit = (file) => {
    const entry = { index: seen.size, low: seen.size, open: true };
    seen.set(file, entry);
    stack.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!imports.has(target)) continue;
      if (target === file) circles.push([file]);
      const known = seen.get(target) ?? visit(target);
      if (known.open) entry.low = Math.min(entry.low, known.low);
    }
    if (entry.low === entry.index) {
      const component = stack.splice(stack.indexOf(file));
      for (const member of component) seen.get(member).open = false;
      if (component.length > 1) circles.push(component);
    }
    return entry;
  };
  for (const file of imports.keys()) if (!seen.has(file)) visit(file);
  return circles;
}
