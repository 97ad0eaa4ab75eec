// Variables in the environment of what runs in a sandbox, by which what is left of it is found.

/** Names the making of a sandbox: its run folder. Another one in the same place has another name. */
export const sandboxMarker = "AOD_SANDBOX";
/** Names a turn. */
export const turnMarker = "AOD_TURN";
/** Names one program that prepares a sandbox. */
export const execMarker = "AOD_EXEC";
