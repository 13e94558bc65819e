/** The files of a form (RFC 7578), by field. */
export function parseForm(body: Buffer, contentType: string): ReadonlyMap<string, Buffer> {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error('no multipart boundary param in Content-Type');
  const files = new Map<string, Buffer>();
  const delimiter = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(delimiter); at !== -1;) {
    const start = at + delimiter.length;
    const end = body.indexOf(Buffer.from(`\r\n--${boundary}`), start);
    if (end === -1) break;
    const part = body.subarray(start + 2, end);
    const gap = part.indexOf('\r\n\r\n');
    const name = /name="([^"]*)"; filename="[^"]+"/.exec(part.subarray(0, gap).toString())?.[1];
    if (name !== undefined) files.set(name, part.subarray(gap + 4));
    at = end + 2;
  }
  return files;
}
