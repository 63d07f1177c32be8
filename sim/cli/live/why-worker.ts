/**
 * The thread of `prae live` that answers why, as `prae why` does: by replaying the journal up to the instant asked for. One thread a question, so
 * that ending it ends the work at once, and nothing of it stays.
 */
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { explainUser, NotInJournal } from "../explain-user.ts";
import { NotThere } from "../journal-start.ts";
import type { FromWhy, WhyWork } from "./why-messages.ts";

const { journal, question, untilByte } = workerData as WhyWork;
const send = (message: FromWhy) => parentPort!.postMessage(message);

// There, a thread has a priority of its own: whoever asks for an instance goes first.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_LOW);
try {
  send({ kind: "answer", answer: await explainUser(journal, question, { untilByte }) });
} catch (error) {
  if (error instanceof NotInJournal) send({ kind: "unknown", what: error.what, expected: error.issues[0]?.expected ?? "" });
  else if (error instanceof NotThere) send({ kind: "not_there", found: error.issues[0]?.found ?? "" });
  else throw error;
}
