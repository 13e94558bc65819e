/** What the order depends on. */
interface Orderable {
  readonly metadata: {
    readonly name: string;
    readonly dependencies?: readonly { readonly name: string }[];
  };
}

/** The charts so that each comes after those of them that it depends on; otherwise in the order given. */
export function inDependencyOrder<T extends Orderable>(charts: readonly T[]): readonly T[] {
  const ordered: T[] = [];
  const visited = new Set<T>();
  const visit = (chart: T) => {
    if (visited.has(chart)) return;
    visited.add(chart);
    const names = new Set((chart.metadata.dependencies ?? []).map(({ name }) => name));
    for (const other of charts) if (names.has(other.metadata.name)) visit(other);
    ordered.push(chart);
  };
  charts.forEach(visit);
  return ordered;
}
