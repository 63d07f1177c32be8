/** A value as both databases take it. */
export type Value = string | number | boolean | null;
/** A row, by column; whole numbers may come as any of the three that stand for one. */
export type Row = Readonly<Record<string, unknown>>;

/** Asks in the dialect that both databases share: `$1`, `ON CONFLICT`. */
export interface Queries {
  rows(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
}

/** A database that keeps what a store is told. */
export interface Database extends Queries {
  /** Without a password. */
  readonly name: string;
  /** All of what `act` does, or nothing; one after another for those who change the same. */
  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
