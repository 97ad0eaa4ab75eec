/** Reads to the end, or to the error, and keeps both. */
export async function collect<T>(events: AsyncIterable<T>): Promise<{ read: T[]; error?: unknown }> {
  const read: T[] = [];
  try {
    for await (const event of events) read.push(event);
  } catch (error) {
    return { read, error };
  }
  return { read };
}
