/** An amount of bytes as a person reads it: `812 bytes`, `14 KiB`, `3.2 MiB`. */
export function formatBytes(bytes: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ];
  const [name, size] = units.find(([, length]) => bytes >= length) ?? ['', 1];
  if (name === '') return `${bytes} byte${bytes === 1 ? '' : 's'}`;
  const value = bytes / size;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${name}`;
}
