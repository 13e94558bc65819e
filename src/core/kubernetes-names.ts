/** The syntax of names and labels, as Kubernetes' API conventions and RFC 1123 and 1035 have it. */

const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const LETTERS = 'lower-case letters, digits and -, a letter or digit first and last';

/** Each function says what a text should be, or nothing when it is. */
export type NameRule = (text: string) => string | undefined;

export const dnsLabel: NameRule = (text) =>
  text.length <= 63 && LABEL_1123.test(text) ? undefined : `at most 63 ${LETTERS}`;

/** Of Services: becomes the first part of a DNS name, so it starts with a letter. */
export const dnsLabel1035: NameRule = (text) =>
  text.length <= 63 && LABEL_1035.test(text)
    ? undefined
    : 'at most 63 lower-case letters, digits and -, a letter first, a letter or digit last';

export const dnsSubdomain: NameRule = (text) =>
  text.length <= 253 && SUBDOMAIN.test(text)
    ? undefined
    : `at most 253 lower-case letters, digits, - and ., a letter or digit first and last`;

/** Of RBAC's kinds, whose names may hold nearly anything. */
export const pathSegment: NameRule = (text) =>
  text !== '.' && text !== '..' && !/[/%]/.test(text) ? undefined : 'anything but ".", ".." and names with / or %';

export const portName: NameRule = (text) =>
  text.length <= 15 && LABEL_1123.test(text) && /[a-z]/.test(text) && !text.includes('--')
    ? undefined
    : 'at most 15 lower-case letters, digits and single -, with at least one letter';

export const labelValue: NameRule = (text) =>
  text === '' || (text.length <= 63 && QUALIFIED.test(text))
    ? undefined
    : 'at most 63 letters, digits, -, _ and ., a letter or digit first and last';

/** `name` or `prefix.example.com/name`. */
export const qualifiedName: NameRule = (text) => {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  const [prefix] = parts.length === 2 ? parts : [undefined];
  const valid =
    parts.length <= 2 &&
    name.length <= 63 &&
    QUALIFIED.test(name) &&
    (prefix === undefined || dnsSubdomain(prefix) === undefined);
  return valid
    ? undefined
    : 'a name of at most 63 letters, digits, -, _ and ., with an optional DNS name and / before it';
};

/** Since then the name of a Service may start with a digit. */
const RELAXED_SERVICES = 36;

const BY_KIND: Readonly<Record<string, NameRule>> = {
  'v1/Namespace': dnsLabel,
  // Its pods' names, and the label that holds them.
  'apps/v1/StatefulSet': dnsLabel,
  'batch/v1/Job': (text) => (text.length <= 63 ? dnsSubdomain(text) : 'at most 63 characters'),
  // The server looks at nothing but what a path needs.
  'policy/v1/PodDisruptionBudget': pathSegment,
  'rbac.authorization.k8s.io/v1/Role': pathSegment,
  'rbac.authorization.k8s.io/v1/RoleBinding': pathSegment,
  'rbac.authorization.k8s.io/v1/ClusterRole': pathSegment,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': pathSegment,
  'certificates.k8s.io/v1/CertificateSigningRequest': pathSegment,
  'networking.k8s.io/v1/IPAddress': () => undefined,
  // Its Jobs' names are eleven characters longer.
  'batch/v1/CronJob': (text) => (text.length <= 52 ? dnsSubdomain(text) : 'at most 52 characters'),
};

/**
 * The rule for names of objects of a kind such as `v1/Service`.
 * @param minor of the Kubernetes version.
 */
export function nameRule(kind: string, minor: number): NameRule {
  if (kind === 'v1/Service') return minor >= RELAXED_SERVICES ? dnsLabel : dnsLabel1035;
  return BY_KIND[kind] ?? dnsSubdomain;
}
