/**
 * The plan of the house as a flowchart in Mermaid's language. An arrow that others make up is left
 * out: what is drawn is enough to reach every room that the table names.
 * @param {import('./house.mjs').Plan} plan
 */
export function pictureOf({ rooms }) {
  const names = rooms.map((room) => room.path);
  const targets = new Map(
    rooms.map(({ path, may }, index) => [path, may.includes('*') ? names.slice(0, index) : may]),
  );
  const reached = new Map();
  // A room imports only rooms that are named before it, so theirs are known already.
  for (const [name, may] of targets) {
    reached.set(name, new Set(may.flatMap((target) => [target, ...reached.get(target)])));
  }
  const arrows = rooms.flatMap(({ path }) =>
    targets
      .get(path)
      .filter((target) => !targets.get(path).some((other) => reached.get(other).has(target)))
      .map((target) => `  ${idOf(path)} --> ${idOf(target)}`),
  );
  const boxes = names.map((name) => `  ${idOf(name)}["${name}"]`);
  return ['flowchart TD', ...boxes.toReversed(), ...arrows.toReversed()].join('\n');
}

function idOf(name) {
  return name.replaceAll(/[^a-z0-9]/g, '_');
}
