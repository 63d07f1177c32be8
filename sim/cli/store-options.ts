/** The options of the verbs that keep promotions: where, and whose signatures count. `openStore` reads them. */
export const STORE_OPTIONS = {
  store: {
    type: "string",
    requiresArg: true,
    describe: "Folder of promotions [default: $PRAE_PROMOTIONS, else prae/promotions in $XDG_DATA_HOME or ~/.local/share]",
  },
  trust: {
    type: "string",
    requiresArg: true,
    describe: "Folder of public keys that are trusted [default: trusted/ in the store]",
  },
  key: { type: "string", requiresArg: true, describe: "Private key to sign with [default: signing-key.pem in the store]" },
  by: { type: "string", requiresArg: true, describe: "Who does it [default: the user who is logged in]" },
} as const;
