const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes for people: `812 B`, `1.5 MiB`, `24 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount)} ${units[power - 1]}`;
}
