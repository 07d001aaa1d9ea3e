/** Maps and sets that hold no more than so many. */

type Bounded<K> = { readonly size: number; readonly keys: () => Iterable<K>; readonly delete: (key: K) => unknown };

/** Forgets what was put in first, until no more than `most` are left. */
export function shorten<K>(kept: Bounded<K>, most: number): void {
  if (kept.size <= most) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    if (kept.size <= most) return;
  }
}

/** What is kept for a key, or else what is made for it now and kept; all is forgotten where `most` are. */
export function keptOr<K, V>(kept: Map<K, V>, key: K, most: number, make: () => V): V {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (kept.size >= most) kept.clear();
  kept.set(key, made);
  return made;
}
