/** Keys and list indices from an object's root to one of its fields. */
export type FieldPath = readonly (string | number)[];

/** The field as people write it: `spec.template.spec.containers[0].image`, `metadata.annotations["a.b/c"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** The path that an RFC 6901 JSON pointer names in `root`: whether `0` is an index or a key, the value there says. */
export function pointerToFieldPath(pointer: string, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  let node = root;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const part = Array.isArray(node) ? Number(key) : key;
    path.push(part);
    node = (node as Record<string | number, unknown> | null | undefined)?.[part];
  }
  return path;
}
