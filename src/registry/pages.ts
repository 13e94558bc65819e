/** The address of the next page, of a Link header (RFC 8288); nothing on the last one. */
export function nextPage(link: string | null, base: string): string | undefined {
  for (const [, address = '', parameters = ''] of (link ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const isNext = /;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(parameters);
    if (isNext && URL.canParse(address, base)) {
      return new URL(address, base).href;
    }
  }
  return undefined;
}
