/** A whole number from `from` up to but not including `to`: real faults come when they like. */
export const anyOf = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from));
