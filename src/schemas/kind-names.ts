/** Kinds by their whole name: `apps/v1/Deployment`, `v1/Pod`. */

/** `apps/v1/Deployment` of an object; the parts may be empty. */
export function kindOf(object: Readonly<Record<string, unknown>>): string {
  const apiVersion = typeof object['apiVersion'] === 'string' ? object['apiVersion'] : '';
  const kind = typeof object['kind'] === 'string' ? object['kind'] : '';
  return `${apiVersion}/${kind}`;
}

/** `extensions/v1beta1/Ingress` as people say it: `extensions/v1beta1 Ingress`. */
export function formatKind(kind: string): string {
  return `${apiVersionOf(kind)} ${nameOf(kind)}`;
}

/** `Deployment` */
export function nameOf(kind: string): string {
  return kind.slice(kind.lastIndexOf('/') + 1);
}

/** `apps/v1` */
export function apiVersionOf(kind: string): string {
  return kind.slice(0, kind.lastIndexOf('/'));
}
