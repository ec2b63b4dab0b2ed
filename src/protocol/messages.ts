/**
 * The words that the runner program and the host program say to each other (protocol version 1).
 *
 * One SSH exec channel carries UTF-8 JSON Lines both ways; after a `pack` message the runner sends binary chunks
 * (each announced by a `chunk` line). The mirror on the host is `host/graceful/serve/`.
 *
 * A session: `hello` -> (`send-program` -> the zipapp's raw bytes) -> `welcome`, then requests. `deploy`, `rollback`
 * and `attach` end in a stream of `event` messages whose last is the `outcome`; meanwhile the runner sends
 * `heartbeat` (answered by `ack`), `confirm` or `cancel`, and `go` to the hosts of a fleet. Any request may be answered by `error` instead.
 * All times are milliseconds, all sizes bytes, all digests lower-case hex SHA-256.
 * Each family of messages has a file of its own, and one in `schema/` for what the host may answer.
 */

import type { ErrorAnswer, Hello, SendProgram, Welcome } from './greeting.ts';
import type { Ack, AskOutcome, Attach, Cancel, Confirm, Event, Go, Heartbeat, OutcomeAnswer } from './operation.ts';
import type { Begin } from './requests.ts';
import type {
  AppliedAnswer,
  AskApplied,
  AskLive,
  AskPackages,
  Chunk,
  Fetch,
  Lacks,
  LiveAnswer,
  Pack,
  PackagesAnswer,
  Piece,
  Preflight,
  Preflighted,
  Received,
  Want,
} from './shipping.ts';
import type { Status, StatusAnswer } from './status.ts';
import type { HistoryAnswer, LinesAnswer, Question, ReleasesAnswer, VerifiedAnswer } from './telling.ts';

export * from './greeting.ts';
export type * from './operation.ts';
export type * from './release.ts';
export type * from './requests.ts';
export type * from './shipping.ts';
export type * from './status.ts';
export type * from './telling.ts';

/** What the runner may say. */
export type Request =
  | Hello
  | Preflight
  | AskPackages
  | AskApplied
  | Want
  | Pack
  | Chunk
  | AskLive
  | Fetch
  | Begin
  | Attach
  | AskOutcome
  | Heartbeat
  | Go
  | Confirm
  | Cancel
  | Status
  | Question;

/** What the host may say. */
export type Answer =
  | SendProgram
  | Welcome
  | ErrorAnswer
  | Preflighted
  | PackagesAnswer
  | Lacks
  | AppliedAnswer
  | Received
  | LiveAnswer
  | Piece
  | Ack
  | Event
  | OutcomeAnswer
  | StatusAnswer
  | ReleasesAnswer
  | HistoryAnswer
  | VerifiedAnswer
  | LinesAnswer;
