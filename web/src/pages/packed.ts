/** Something that lasts from one time to another. */
interface Lasting {
  readonly begin: number;
  readonly end: number;
}

/** Gives each the first row that is free when it begins; what is shorter than `least` takes as much room as that. */
export function packed<Item extends Lasting>(
  items: readonly Item[],
  least: number,
): readonly { readonly item: Item; readonly row: number }[] {
  const ends: number[] = [];
  return items
    .toSorted((one, other) => one.begin - other.begin)
    .map((item) => {
      const free = ends.findIndex((end) => end <= item.begin);
      const row = free < 0 ? ends.length : free;
      ends[row] = Math.max(item.end, item.begin + least);
      return { item, row };
    });
}
