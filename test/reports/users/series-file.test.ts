import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { decodeUsers, digestOfUsers, encodeUsers } from "../../../reports/users/series-file.ts";
import { seriesOf } from "../../support/user-series.ts";

test("a file of users' series gives them back, and is the same every time", () => {
  const series = seriesOf({ users: 3, bins: 4, value: (user, measure, bin) => (measure === "held" ? user + bin : 0) });
  const file = encodeUsers(series);
  assert.equal(decodeUsers(file, digestOfUsers(series), "x"), series);
  assert.equal(encodeUsers(series), file);
});

test("a file of users' series that is cut, altered or of another run is refused", () => {
  const series = seriesOf({ users: 1, bins: 2, value: () => 1 });
  const file = encodeUsers(series);
  const refused = (bytes: Buffer, found: RegExp) =>
    assert.throws(
      () => decodeUsers(bytes, digestOfUsers(series), "run.users.gz"),
      (error: unknown) => error instanceof InputError && found.test(error.issues[0]!.found),
    );
  refused(file.subarray(0, -3), /no whole gzip/);
  const plain = gunzipSync(file);
  plain[plain.length - 1]! ^= 1;
  refused(gzipSync(plain), /the digest/);
});

test.run();
