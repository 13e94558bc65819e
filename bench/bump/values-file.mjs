/** One service's part of a values file, in the many ways in which people write them. */
function service(index) {
  const quote = ['', '"', "'"][index % 3];
  return `
# Service ${index}, owned by team ${index % 17}
service-${index}:
  enabled: true   # switched off in develop
  replicaCount: ${1 + (index % 5)}
  image:
    repository: ghcr.io/acme/service-${index}
    tag: ${quote}1.${index % 40}.${index % 7}${quote} # written by CI
    pullPolicy: IfNotPresent

  resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 256Mi } }
  env:
  - name: DATABASE_URL
    value: "postgres://service-${index}.database.svc.cluster.local:5432/service-${index}?sslmode=verify-full&application_name=service-${index}"
  - { name: LOG_LEVEL,  value: 'info' }
  - name: FEATURES
    value: >-
      checkout,search,
      recommendations
  ingress:
      hosts: [ service-${index}.example.com, "www.service-${index}.example.com" ]
      annotations:
          nginx.ingress.kubernetes.io/proxy-body-size: "8m"
`;
}

/**
 * A values file of at least so many bytes.
 * @returns {{ text: string, path: readonly string[], before: string, services: number }} path: a tag in the middle of it;
 *   before: the line that it stands on
 */
export function generateValues(bytes) {
  const parts = ['global:\n  registry: ghcr.io\n'];
  let size = 0;
  for (let index = 0; size < bytes; index++) {
    const part = service(index);
    size += Buffer.byteLength(part);
    parts.push(part);
  }
  const services = parts.length - 1;
  const name = `service-${Math.floor(services / 2)}`;
  const text = parts.join('');
  const at = text.indexOf('tag:', text.indexOf(`\n${name}:`));
  return { text, path: [name, 'image', 'tag'], before: text.slice(at, text.indexOf('\n', at)), services };
}
