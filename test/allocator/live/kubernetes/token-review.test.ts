import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ReviewedSubject } from "../../../../allocator/live/kubernetes/kubernetes-document.ts";
import { grantOf } from "../../../../allocator/live/kubernetes/token-review.ts";

const SUBJECTS: readonly ReviewedSubject[] = [
  { kind: "user", name: "hub", scopes: ["request"], users: ["ann"] },
  { kind: "group", name: "admins", scopes: ["read", "admin"], users: null },
  { kind: "user", name: "eve", scopes: ["read"], users: null },
];

test("somebody may do what the first subject says that it is, and nobody else may do anything", () => {
  const scopes = (user: string, ...groups: string[]) => grantOf(SUBJECTS, user, groups)?.scopes.join(" ") ?? null;
  assert.equal(grantOf(SUBJECTS, "hub", ["admins"]), { scopes: ["request"], users: ["ann"] });
  assert.is(scopes("eve", "admins"), "read admin");
  assert.is(scopes("eve"), "read");
  assert.is(scopes("admins"), null, "a user that is called as a group is none of it");
  assert.is(scopes("mallory", "hub"), null);
});

test.run();
