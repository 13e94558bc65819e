/** Whether the templates write the digest's algorithm themselves, so that the values hold the bare digest. */
export function writesDigestAlgorithm(templates: readonly string[]): boolean {
  return templates.some((template) => /sha256:(?:\{\{|%s)/.test(template));
}
