/** Seals secrets for storage. */
export interface Keyring {
  /**
   * Encrypts `plaintext` for one place.
   *
   * @param context Names the row and column, e.g. `environments:<id>:env_vars`. What is sealed for one place cannot be opened in another.
   */
  seal(plaintext: string, context: string): string;
  /**
   * @throws SealError when it was changed, belongs to another place, or was sealed under a key that is not here.
   */
  open(sealed: string, context: string): string;
}
