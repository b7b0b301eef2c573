// Which name was meant.

/** A name that isn't known, and the known one that is nearest to it. */
export function nearest(name: string, known: readonly string[]): string {
  let best = "";
  let fewest = Math.floor(name.length / 2) + 1;
  for (const each of [...known].sort()) {
    const found = distance(name, each);
    if (found < fewest) [best, fewest] = [each, found];
  }
  if (best) return `${name}: did you mean ${best}?`;
  return `${name}: it has ${[...known].sort().join(", ") || "none"}`;
}

/** How many letters have to be put in, left out or changed to make one name of the other. */
function distance(one: string, other: string): number {
  let last = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (const [row, letter] of [...one].entries()) {
    const next = [row + 1];
    for (let place = 0; place < other.length; place += 1) {
      const changed = (last[place] as number) + (letter === other[place] ? 0 : 1);
      next.push(Math.min(changed, (last[place + 1] as number) + 1, (next[place] as number) + 1));
    }
    last = next;
  }
  return last.at(-1) as number;
}
