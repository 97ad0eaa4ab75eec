/** The row of a statement that always gives one, such as an insert. */
export function onlyRow<T>([row]: readonly T[]): T {
  if (row === undefined) throw new Error("A statement gave no row");
  return row;
}
