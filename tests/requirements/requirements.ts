/** What must always hold. A test that proves one carries its id in its title or in a comment above it: `[L1]`. */
export const requirements = {
  L1: "The numbers of a session's log have no gap, and stored bytes never change.",
  L2: "An acknowledged append survives kill -9.",
  L3: "A replay is the same bytes in the same order as the live stream.",
  L4: "A finished stream has one terminal event, and its digest matches.",
  T1: "No turn runs twice.",
  T2: "A running session has a live lease.",
  T3: "Terminate wins every race.",
  T4: "Every process group that was started ends.",
  S1: "No secret leaves through any response, log, event, error, argv or trace.",
  S2: "One owner never sees another's row.",
  S3: "There is no egress outside the policy.",
  C1: "The tours of the real clients pass.",
  P1: "Import arrows point down.",
  P2: "Every published tarball installs and runs alone.",
  D1: "Each command and snippet in the docs runs.",
} as const;

export type RequirementId = keyof typeof requirements;
