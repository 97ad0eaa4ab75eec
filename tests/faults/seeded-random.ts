/** Where a run of the fault suite begins; `AOD_FAULT_SEED` repeats one. */
export function faultSeed(): number {
  const given = process.env.AOD_FAULT_SEED;
  return given === undefined || given === "" ? Math.floor(Math.random() * 2 ** 32) : Number(given);
}

/** Whole numbers from `least` to `most`, the same ones for the same seed. */
export function seededRandom(seed: number): (least: number, most: number) => number {
  let state = seed >>> 0;
  return (least, most) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return least + (((mixed ^ (mixed >>> 14)) >>> 0) % (most - least + 1));
  };
}
